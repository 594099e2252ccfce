package org.red5.dvr.testbed;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Lays a Red5 server out in a folder from the files inside this jar, or from a Red5 that is there: jars, configuration, applications and the web
 * application of the DVR are put there anew at each start, whatever else is in the folder (archives, logs) stays.
 */
final class Red5Layout {
    /** Tomcat's own bound. */
    private static final long MOST_CONNECTIONS = 10_000;

    private static final long BYTES_PER_CONNECTION = 32 << 10;
    private static final String SHIPPED_CONF = "conf/cluster-dvr.conf";

    private final Red5Options options;
    private final Path dir;

    Red5Layout(Red5Options options) {
        this.options = options;
        this.dir = options.dir();
    }

    /** Writes everything; {@code stopPort} is where this server is to listen for its stop token. */
    void write(int stopPort) throws IOException, UsageException {
        Optional<Red5Home> home = options.red5().isPresent()
                ? Optional.of(Red5Home.in(options.red5().get(), dir))
                : Optional.empty();
        Files.createDirectories(dir.resolve("log"));
        deleteJars(dir);
        deleteJars(dir.resolve("lib"));
        deleteJars(dir.resolve("plugins"));
        deleteTree(dir.resolve("webapps/dvr"));
        Path source = ownFiles();
        if (Files.isDirectory(source)) {
            copyServer(source.resolve("red5"), home);
        } else {
            try (FileSystem jar = FileSystems.newFileSystem(source)) {
                copyServer(jar.getPath("/red5"), home);
            }
        }
        for (String app : options.apps()) {
            addApp(app);
        }
        addSettings(stopPort);
        for (Path overlay : options.overlays()) {
            copyTree(overlay, dir);
        }
    }

    private void copyServer(Path shipped, Optional<Red5Home> home) throws IOException {
        Path conf = dir.resolve(SHIPPED_CONF);
        boolean keepConf = options.conf().isEmpty() && Files.exists(conf);
        byte[] kept = keepConf ? Files.readAllBytes(conf) : new byte[0];
        if (home.isPresent()) {
            home.get().copyTo(dir);
            if (!Files.exists(dir.resolve("webapps/live"))) {
                copyTree(shipped.resolve("webapps/live"), dir.resolve("webapps/live"));
            }
            for (String file : List.of("plugins/" + Red5Home.PLUGIN, SHIPPED_CONF)) {
                Files.copy(shipped.resolve(file), dir.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
        } else {
            copyRed5(shipped);
        }
        unpackWar(shipped.resolve("war/" + home.map(Red5Home::war).orElse("dvr.war")));
        if (keepConf) {
            Files.write(conf, kept);
        } else if (options.conf().isPresent()) {
            Files.copy(options.conf().get(), conf, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private void copyRed5(Path shipped) throws IOException {
        for (String part : List.of("lib", "plugins", "conf", "webapps")) {
            copyTree(shipped.resolve(part), dir.resolve(part));
        }
        for (String jar : List.of("red5-server.jar", "red5-service.jar")) {
            Files.copy(shipped.resolve(jar), dir.resolve(jar), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** A zip file system cannot be opened inside another: the archive goes through a file. */
    private void unpackWar(Path war) throws IOException {
        Path file = dir.resolve("dvr.war.unpacking");
        Files.copy(war, file, StandardCopyOption.REPLACE_EXISTING);
        try (FileSystem zip = FileSystems.newFileSystem(file, (ClassLoader) null)) {
            copyTree(zip.getPath("/"), dir.resolve("webapps/dvr"));
        } finally {
            Files.delete(file);
        }
    }

    private void addApp(String name) throws IOException {
        Path app = dir.resolve("webapps").resolve(name);
        copyTree(dir.resolve("webapps/live/WEB-INF"), app.resolve("WEB-INF"));
        Files.writeString(
                app.resolve("WEB-INF/red5-web.properties"),
                "webapp.contextPath=/" + name + "\nwebapp.virtualHosts=*\n");
    }

    private void addSettings(int stopPort) throws IOException {
        String settings = """

                rtmp.host=%1$s
                rtmp.port=%2$d
                http.host=%1$s
                http.port=%3$d
                http.protocol=%4$s
                http.max_connections=%5$d
                jmx.rmi.port=%6$d
                """.formatted(
                        options.bind(),
                        options.rtmpPort(),
                        options.httpPort(),
                        options.httpProtocol().className(),
                        mostConnections(Runtime.getRuntime().maxMemory()),
                        stopPort);
        Path file = dir.resolve("conf/red5.properties");
        Files.writeString(file, settings, StandardCharsets.ISO_8859_1, StandardOpenOption.APPEND);
    }

    /** A connection that stands idle takes some 20 KB of the heap, one that is served more: they get a third of it. */
    static long mostConnections(long heapBytes) {
        return Math.min(MOST_CONNECTIONS, heapBytes / 3 / BYTES_PER_CONNECTION);
    }

    /** Where this class was loaded from: the jar, or the classes folder it is made of. */
    static Path ownFiles() {
        try {
            return Path.of(Red5Layout.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("this jar's own address is not a file", e);
        }
    }

    static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    /** Deletes a folder with all that is in it, if it exists. */
    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.sorted(Comparator.reverseOrder()).forEach(files::add);
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }

    private static void deleteJars(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
            for (Path jar : jars) {
                Files.delete(jar);
            }
        }
    }
}
