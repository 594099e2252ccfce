package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipFile;

/**
 * A Red5 that somebody has installed, of either line. It is read only.
 *
 * @param war the web application for its servlet API
 */
record Red5Home(Path folder, String war) {
    static final String PLUGIN = "red5-cluster-dvr.jar";

    private static final String HOST = "<bean class=\"org.apache.catalina.core.StandardHost\">";
    private static final String WITHOUT_ERROR_PAGES = "<property name=\"errorReportValveClass\" value=\"\" />";

    /** Written while it ran, or ours from an earlier time. */
    private static final List<String> LEFT_OUT =
            List.of("log", "work", "webapps/dvr", "webapps/dvr.war", "webapps/dvr-jakarta.war", "plugins/" + PLUGIN);

    /**
     * Looks which line it is: the jars of Tomcat bring one servlet API or the other.
     *
     * @param copy where it is to be copied
     * @throws UsageException when it is no Red5, or the copy would be in it
     */
    static Red5Home in(Path folder, Path copy) throws IOException, UsageException {
        if (!Files.exists(folder.resolve("red5-service.jar"))) {
            throw new UsageException("--red5 takes a folder with Red5 in it; " + folder + " has no red5-service.jar");
        }
        Path real = folder.toRealPath();
        Path target = copy.toAbsolutePath().normalize();
        if (target.startsWith(real) || real.startsWith(target)) {
            throw new UsageException(
                    "--dir " + copy + " and --red5 " + folder + " take folders that are not in each other");
        }
        for (Path jar : jars(real)) {
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                if (zip.getEntry("jakarta/servlet/Servlet.class") != null) {
                    return new Red5Home(real, "dvr-jakarta.war");
                } else if (zip.getEntry("javax/servlet/Servlet.class") != null) {
                    return new Red5Home(real, "dvr.war");
                }
            }
        }
        throw new UsageException("--red5 " + folder + " has no Tomcat in plugins or lib");
    }

    private static List<Path> jars(Path home) throws IOException {
        List<Path> jars = new ArrayList<>();
        for (String part : List.of("plugins", "lib")) {
            if (Files.isDirectory(home.resolve(part))) {
                try (DirectoryStream<Path> found = Files.newDirectoryStream(home.resolve(part), "*.jar")) {
                    found.forEach(jars::add);
                }
            }
        }
        return jars;
    }

    /** Copies it, over what is there; as the documentation advises, Tomcat does not answer what is no HTTP with a stack trace. */
    void copyTo(Path dir) throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder)) {
            for (Path part : parts) {
                copy(part, dir);
            }
        }
        Path tomcat = dir.resolve("conf/jee-container.xml");
        if (Files.exists(tomcat)) {
            Files.writeString(tomcat, Files.readString(tomcat).replace(HOST, HOST + WITHOUT_ERROR_PAGES));
        }
    }

    private void copy(Path from, Path dir) throws IOException {
        String name = folder.relativize(from).toString();
        if (LEFT_OUT.contains(name)) {
            return;
        }
        if (Files.isDirectory(from)) {
            Files.createDirectories(dir.resolve(name));
            try (DirectoryStream<Path> parts = Files.newDirectoryStream(from)) {
                for (Path part : parts) {
                    copy(part, dir);
                }
            }
        } else {
            Files.copy(from, dir.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
