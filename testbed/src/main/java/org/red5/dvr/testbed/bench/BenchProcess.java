package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Starts a benchmark in a JVM of its own, whose class path holds the plugin's jar and its logging as they are shipped in
 * this jar: what is measured is what a server runs.
 */
public final class BenchProcess {
    private BenchProcess() {}

    /** Runs the benchmark that the words name; returns its exit code. */
    public static int run(List<String> words) throws IOException {
        Path folder = Files.createTempDirectory("bench-jars");
        List<Path> classPath = new ArrayList<>(List.of(ownFiles()));
        try {
            classPath.addAll(unpack(ownFiles(), folder));
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-Dlogback.configurationFile=bench-logback.xml");
            command.addAll(List.of("-cp", classPath.stream().map(Path::toString).collect(Collectors.joining(":"))));
            command.add(Bench.class.getName());
            command.addAll(words);
            Process process = new ProcessBuilder(command).inheritIO().start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "bench end"));
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            for (Path jar : classPath.subList(1, classPath.size())) {
                Files.deleteIfExists(jar);
            }
            Files.deleteIfExists(folder);
        }
    }

    private static List<Path> unpack(Path source, Path folder) throws IOException {
        if (Files.isDirectory(source)) {
            return copy(source.resolve("red5"), folder);
        }
        try (FileSystem jar = FileSystems.newFileSystem(source)) {
            return copy(jar.getPath("/red5"), folder);
        }
    }

    private static List<Path> copy(Path red5, Path folder) throws IOException {
        List<Path> copies = new ArrayList<>();
        for (String jars : List.of("plugins/red5-cluster-dvr.jar", "lib/slf4j-api-*.jar", "lib/logback-*.jar")) {
            Path pattern = Path.of(jars);
            try (DirectoryStream<Path> found = Files.newDirectoryStream(
                    red5.resolve(pattern.getName(0).toString()),
                    pattern.getName(1).toString())) {
                for (Path jar : found) {
                    copies.add(Files.copy(jar, folder.resolve(jar.getFileName().toString())));
                }
            }
        }
        return copies;
    }

    private static Path ownFiles() {
        try {
            return Path.of(BenchProcess.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("this jar's own address is not a file", e);
        }
    }
}
