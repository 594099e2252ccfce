package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * The executables {@code ffmpeg} and {@code ffprobe} out of the library that carries them, and what they need beyond glibc and the
 * libraries of GCC; nothing is to be installed.
 */
public final class Ffmpeg {
    private static final String FOLDER = "org/bytedeco/ffmpeg/linux-x86_64-gpl/";

    /** Of screens and sound cards, with the versions of their symbols: named by the executables, called only for such devices. */
    private static final Map<String, List<String>> UNUSED = Map.of(
            "libasound.so.2", List.of("ALSA_0.9", "ALSA_0.9.0rc4"),
            "libpulse.so.0", List.of("PULSE_0"),
            "libudev.so.1", List.of("LIBUDEV_183"),
            "libxcb.so.1", List.of(),
            "libxcb-shm.so.0", List.of());

    private static final List<String> QUIET =
            List.of("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y");

    private final Path folder;

    private Ffmpeg(Path folder) {
        this.folder = folder;
    }

    /** Unpacks the executables and their libraries into {@code cache} unless they are there. */
    public static Ffmpeg unpacked(CacheFolder cache) throws IOException {
        URL resource = Ffmpeg.class.getClassLoader().getResource(FOLDER + "ffmpeg");
        if (resource == null) {
            throw new IOException("the library with the ffmpeg executable (" + FOLDER + ") is not on the class path");
        }
        JarURLConnection connection = (JarURLConnection) resource.openConnection();
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
            String name = Path.of(jar.getName()).getFileName().toString().replace(".jar", "");
            return new Ffmpeg(cache.get(name + "-alone", target -> unpack(jar, target)));
        }
    }

    private static void unpack(JarFile jar, Path target) throws IOException {
        Files.createDirectory(target);
        for (JarEntry entry : Collections.list(jar.entries())) {
            String file = entry.getName().startsWith(FOLDER) ? entry.getName().substring(FOLDER.length()) : "";
            if (file.isEmpty() || file.contains("/") || file.startsWith("libjni")) {
                continue;
            }
            try (InputStream bytes = jar.getInputStream(entry)) {
                Path unpacked = target.resolve(file);
                Files.copy(bytes, unpacked);
                if (!unpacked.toFile().setExecutable(true)) {
                    throw new IOException(unpacked + " cannot be made executable");
                }
            }
        }
        Path empty = Files.createDirectory(emptyLibraries(target));
        for (Map.Entry<String, List<String>> library : UNUSED.entrySet()) {
            Files.write(empty.resolve(library.getKey()), EmptyLibrary.bytes(library.getKey(), library.getValue()));
        }
    }

    private static Path emptyLibraries(Path folder) {
        return folder.resolve("empty");
    }

    /** Where an executable is. */
    Path executable(String name) {
        return folder.resolve(name);
    }

    /** Runs ffmpeg to its end within {@code limit}; it overwrites output files and logs warnings only. */
    public RunningProcess.Result run(Duration limit, String... arguments) throws IOException, InterruptedException {
        try (RunningProcess process = start(arguments)) {
            return process.await(limit);
        }
    }

    /** Decodes all of an input within {@code limit}: the errors are what is wrong with it, at the level of warnings. */
    public RunningProcess.Result decode(Duration limit, String input) throws IOException, InterruptedException {
        // In the input's own time: counted in frames of the mean rate, two of a rate that varies would be one.
        return run(limit, "-i", input, "-enc_time_base", "demux", "-f", "null", "-");
    }

    /** Starts ffmpeg, for instance to publish. */
    public RunningProcess start(String... arguments) throws IOException {
        return RunningProcess.start(command("ffmpeg", QUIET, arguments));
    }

    /** Starts ffmpeg with its standard output going to {@code reader}. */
    RunningProcess startStreaming(RunningProcess.OutputReader reader, String... arguments) throws IOException {
        return RunningProcess.start(command("ffmpeg", QUIET, arguments), reader);
    }

    /** Runs ffprobe to its end within {@code limit}; it logs warnings, so that an empty error text means a clean input. */
    public RunningProcess.Result probe(Duration limit, String... arguments) throws IOException, InterruptedException {
        List<String> quiet = List.of("-hide_banner", "-loglevel", "warning");
        try (RunningProcess process = RunningProcess.start(command("ffprobe", quiet, arguments))) {
            return process.await(limit);
        }
    }

    /** How an executable is started with its own libraries: {@code first}, then the arguments. */
    ProcessBuilder command(String executable, List<String> first, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(executable(executable).toString());
        command.addAll(first);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        // The empty libraries first: they go before those of the system.
        builder.environment().put("LD_LIBRARY_PATH", emptyLibraries(folder) + ":" + folder);
        builder.environment().remove("LD_BIND_NOW"); // It would look for all functions of the empty libraries.
        return builder;
    }
}
