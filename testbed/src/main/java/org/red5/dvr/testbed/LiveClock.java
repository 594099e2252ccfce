package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A live encoder whose picture shows the time of day at which each frame was sent, with a quiet tone; it publishes over RTMP from
 * {@link #start} to {@link #close}.
 */
public final class LiveClock implements AutoCloseable {
    private static final int FRAMES_PER_SECOND = 25;

    private final RunningProcess encoder;
    private final ClockPicture picture;
    private final Thread thread;
    private volatile boolean stopped;

    private LiveClock(RunningProcess encoder, ClockPicture picture) {
        this.encoder = encoder;
        this.picture = picture;
        this.thread = new Thread(this::draw, "live clock");
        thread.setDaemon(true);
    }

    /**
     * Begins to publish.
     *
     * @param address for instance {@code rtmp://127.0.0.1:1935/live/camera}
     * @param widthPixels a multiple of 20
     */
    public static LiveClock start(Ffmpeg ffmpeg, String address, int widthPixels, int heightPixels) throws IOException {
        List<String> arguments = new ArrayList<>();
        String size = widthPixels + "x" + heightPixels;
        String rate = Integer.toString(FRAMES_PER_SECOND);
        String keyFrameDistance = Integer.toString(2 * FRAMES_PER_SECOND);
        arguments.addAll(List.of("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size, "-framerate", rate, "-i", "-"));
        arguments.addAll(List.of("-f", "lavfi", "-i", "sine=frequency=330:beep_factor=2:sample_rate=48000"));
        arguments.addAll(List.of("-map", "0:v", "-map", "1:a", "-pix_fmt", "yuv420p"));
        arguments.addAll(List.of("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"));
        arguments.addAll(List.of("-b:v", "1500k", "-maxrate", "1500k", "-bufsize", "1500k", "-g", keyFrameDistance));
        arguments.addAll(List.of("-c:a", "aac", "-b:a", "64k", "-af", "volume=0.1", "-flush_packets", "1"));
        arguments.addAll(List.of("-f", "flv", address));
        RunningProcess encoder = ffmpeg.start(arguments.toArray(String[]::new));
        LiveClock clock = new LiveClock(encoder, new ClockPicture(widthPixels, heightPixels));
        clock.thread.start();
        return clock;
    }

    private void draw() {
        long startNanos = System.nanoTime();
        long frameNanos = TimeUnit.SECONDS.toNanos(1) / FRAMES_PER_SECOND;
        try (OutputStream frames = encoder.input()) {
            for (long frame = 0; !stopped; frame++) {
                long dueNanos = startNanos + frame * frameNanos;
                for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                frames.write(picture.time(System.currentTimeMillis(), frame).bgr());
                frames.flush();
            }
        } catch (IOException e) {
            // The encoder has ended: isAlive and errors say so.
            return;
        }
    }

    /** Whether the encoder still publishes. */
    public boolean isAlive() {
        return encoder.isAlive();
    }

    /** Waits until the encoder ends by itself, for instance because the server is gone. */
    public void awaitEnd() throws InterruptedException {
        thread.join();
    }

    /** What the encoder complained about. */
    public String errors() {
        return encoder.errors();
    }

    /** Ends the encoder in good order: the tone has no end of its own. */
    public void stop() throws IOException, InterruptedException {
        stopped = true;
        encoder.stop();
        thread.join();
    }

    @Override
    public void close() {
        stopped = true;
        encoder.close();
    }
}
