package org.red5.dvr.testbed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A live encoder that sends one encoding of the time of day to several servers at once, as a camera with two uplinks does. A
 * server that is gone or does not take anything disturbs nobody, and is tried again every second.
 */
final class MirroredClock implements AutoCloseable {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;

    private final ClockFrames frames = new ClockFrames(new ClockPicture(WIDTH, HEIGHT));
    private final RunningProcess encoder;

    /**
     * Begins to publish.
     *
     * @param addresses for instance {@code rtmp://127.0.0.1:1935/live/camera}
     */
    MirroredClock(Ffmpeg ffmpeg, List<String> addresses) throws IOException {
        encoder = ffmpeg.start(arguments(addresses));
        frames.start(encoder.input());
    }

    /** A queue for each server (ffmpeg's {@code fifo} muxer), which drops what cannot be sent and connects again. */
    private static String[] arguments(List<String> addresses) {
        List<String> list = new ArrayList<>();
        list.addAll(List.of("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", WIDTH + "x" + HEIGHT));
        list.addAll(List.of("-framerate", "" + ClockFrames.PER_SECOND, "-i", "-"));
        list.addAll(List.of("-f", "lavfi", "-i", "sine=frequency=330:beep_factor=2:sample_rate=48000"));
        list.addAll(List.of("-map", "0:v", "-map", "1:a", "-pix_fmt", "yuv420p", "-flags", "+global_header"));
        list.addAll(List.of("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"));
        list.addAll(List.of("-b:v", "400k", "-g", "" + 2 * ClockFrames.PER_SECOND));
        list.addAll(List.of("-c:a", "aac", "-b:a", "64k", "-f", "tee"));
        String queue = "[f=flv:flvflags=no_duration_filesize:onfail=ignore:use_fifo=1:fifo_options="
                + "queue_size=400\\\\:drop_pkts_on_overflow=1\\\\:attempt_recovery=1\\\\:recover_any_error=1"
                + "\\\\:recovery_wait_time=1\\\\:restart_with_keyframe=1]";
        list.add(addresses.stream().map(address -> queue + address).collect(Collectors.joining("|")));
        return list.toArray(String[]::new);
    }

    /** How much of the time between two instants there is no picture of. */
    long pausedMillis(long fromUtcMillis, long toUtcMillis) {
        return frames.pausedMillis(fromUtcMillis, toUtcMillis);
    }

    boolean isAlive() {
        return frames.isDrawing() && encoder.isAlive();
    }

    /** What the encoder complained about; that a server is gone is among it. */
    String errors() {
        return encoder.errors();
    }

    @Override
    public void close() {
        frames.stop();
        encoder.close();
    }
}
