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
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** The executables {@code ffmpeg} and {@code ffprobe} out of the library that carries them; nothing needs to be installed. */
public final class Ffmpeg {
    private static final String FOLDER = "org/bytedeco/ffmpeg/linux-x86_64-gpl/";

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
            return new Ffmpeg(cache.get(name + "-whole", target -> unpack(jar, target)));
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
                Path unpacked = target.resolve(nameToLoad(file));
                Files.copy(bytes, unpacked);
                if (!unpacked.toFile().setExecutable(true)) {
                    throw new IOException(unpacked + " cannot be made executable");
                }
            }
        }
    }

    /** Two libraries are carried without the version that others load them by; few systems have them installed. */
    private static String nameToLoad(String file) {
        return file.equals("libva.so") || file.equals("libva-drm.so") ? file + ".2" : file;
    }

    /** Runs ffmpeg to its end within {@code limit}; it overwrites output files and logs warnings only. */
    public RunningProcess.Result run(Duration limit, String... arguments) throws IOException, InterruptedException {
        try (RunningProcess process = start(arguments)) {
            return process.await(limit);
        }
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

    private ProcessBuilder command(String executable, List<String> first, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(folder.resolve(executable).toString());
        command.addAll(first);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LD_LIBRARY_PATH", folder.toString());
        return builder;
    }
}
