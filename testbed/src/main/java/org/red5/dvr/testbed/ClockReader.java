package org.red5.dvr.testbed;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Reads the numbers of {@link ClockPicture}s back out of a file or stream that ffmpeg can open. */
public final class ClockReader {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;

    private final Ffmpeg ffmpeg;
    private final Duration limit;

    /** {@code limit} bounds each reading. */
    public ClockReader(Ffmpeg ffmpeg, Duration limit) {
        this.ffmpeg = ffmpeg;
        this.limit = limit;
    }

    /**
     * The number and presentation time of each decoded picture, in the order of presentation.
     *
     * @param input a file name or address
     */
    public List<Picture> read(String input) throws IOException, InterruptedException {
        byte[] gray = ffmpeg.run(
                        limit,
                        "-i",
                        input,
                        "-map",
                        "0:v:0",
                        "-fps_mode",
                        "passthrough",
                        "-vf",
                        "scale=" + WIDTH + ":" + HEIGHT,
                        "-pix_fmt",
                        "gray",
                        "-f",
                        "rawvideo",
                        "-")
                .requireSuccess()
                .output();
        String times = ffmpeg.probe(
                        limit, "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0", input)
                .requireSuccess()
                .outputText();
        List<String> seconds = times.lines()
                .map(line -> line.replace(",", ""))
                .filter(line -> !line.isBlank())
                .toList();
        List<Picture> pictures = new ArrayList<>();
        int frameBytes = WIDTH * HEIGHT;
        if (gray.length != seconds.size() * frameBytes) {
            throw new IOException(input + ": " + gray.length / frameBytes + " pictures, " + seconds.size() + " times");
        }
        for (int i = 0; i < seconds.size(); i++) {
            OptionalLong number = ClockPicture.read(gray, i * frameBytes, WIDTH);
            pictures.add(new Picture(Double.parseDouble(seconds.get(i)), number));
        }
        return pictures;
    }

    /**
     * One decoded picture.
     *
     * @param ptsSeconds in the input's own time
     * @param number empty if the picture is damaged
     */
    public record Picture(double ptsSeconds, OptionalLong number) {}
}
