package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Clips of a test picture with 25 pictures a second and of a tone, as any encoder of ffmpeg's makes them.
 *
 * @param folder where they are written
 * @param seconds how long they are
 */
record EncodedClips(Ffmpeg ffmpeg, Path folder, int seconds) {
    static final String X264 = "-c:v libx264 -preset ultrafast -sc_threshold 0";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /**
     * Its tags, without that for the end of the sequence. A key frame each second, sound of 48 kHz.
     *
     * @param arguments of ffmpeg's, for the output: the last ones count
     */
    List<FlvTag> get(String name, String size, String arguments) throws IOException, InterruptedException {
        Path file = folder.resolve(name + ".flv");
        List<String> command = new ArrayList<>(List.of("-loglevel", "error", "-f", "lavfi", "-i"));
        command.add("testsrc2=r=25:s=" + size + ":d=" + seconds);
        command.addAll(List.of("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=" + seconds));
        command.addAll(List.of("-pix_fmt", "yuv420p", "-g", "25"));
        command.addAll(Arrays.asList(arguments.split(" ")));
        command.add(file.toString());
        ffmpeg.run(LIMIT, command.toArray(String[]::new)).requireSuccess();
        return FlvFile.read(file).tags().stream()
                .filter(tag -> !tag.isEndOfSequence())
                .toList();
    }
}
