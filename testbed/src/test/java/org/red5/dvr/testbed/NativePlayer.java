package org.red5.dvr.testbed;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A player outside of a browser that plays a list as fast as it comes, to its end, and writes each picture that it shows to a file, in
 * planar YUV 4:2:0.
 */
enum NativePlayer {
    /** The testbed's own. */
    FFMPEG,
    /** Where it is installed; with hlsdemux2, from 1.22 on. */
    GSTREAMER;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String GST_LAUNCH = "gst-launch-1.0";

    /** Those that can be tried on this machine; of another one it is said that it was not. */
    static List<NativePlayer> here() {
        if (isInstalled()) {
            return List.of(values());
        }
        System.err.println(GST_LAUNCH + " is not installed: GStreamer was NOT tried");
        return List.of(FFMPEG);
    }

    /** Begins to play. */
    RunningProcess start(Ffmpeg ffmpeg, URI list, Path pictures) throws IOException {
        return RunningProcess.start(
                switch (this) {
                    case FFMPEG ->
                        ffmpeg.command(
                                "ffmpeg",
                                words("-nostdin -loglevel error -y -i " + list),
                                words("-map 0:v -noautoscale -fps_mode passthrough -pix_fmt yuv420p -f rawvideo "
                                                + pictures + " -map 0:a -f null -")
                                        .toArray(String[]::new));
                    case GSTREAMER ->
                        new ProcessBuilder(words(GST_LAUNCH + " -q uridecodebin3 name=all uri=" + list
                                + " all. ! queue ! videoconvert ! video/x-raw,format=I420 ! filesink location="
                                + pictures
                                + " all. ! queue ! audioconvert ! fakesink sync=false"));
                });
    }

    /** Waits until it has played all; whatever it complains of is an error. */
    static void awaitEnd(RunningProcess player, String name) throws IOException, InterruptedException {
        RunningProcess.Result result = player.await(LIMIT);
        String said = (result.errors() + result.outputText()).strip();
        if (result.exitCode() != 0 || !said.isEmpty()) {
            throw new IOException(name + ": " + result.exitCode() + ' ' + said);
        }
    }

    private static List<String> words(String command) {
        return Arrays.asList(command.split(" "));
    }

    private static boolean isInstalled() {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, GST_LAUNCH)));
    }
}
