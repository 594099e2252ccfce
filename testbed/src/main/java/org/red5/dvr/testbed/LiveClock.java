package org.red5.dvr.testbed;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A live encoder whose picture shows the time of day at which each frame was sent, with a quiet tone. It publishes over RTMP from
 * {@link #start} to {@link #close}. Pictures are drawn and encoded before anything is published, until the encoder has warmed
 * up and keeps pace: a picture that waited for the encoder to start would show the wrong time.
 *
 * <p>One thread draws, another one takes what the encoder makes and sends it.
 */
public final class LiveClock implements AutoCloseable {
    private static final int KEY_FRAME_DISTANCE = 2 * ClockFrames.PER_SECOND;
    private static final long IN_PACE_MILLIS = 120;
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final RtmpPublisher publisher;
    private final CompletableFuture<Void> published = new CompletableFuture<>();
    private final List<FlvTag> configuration = new ArrayList<>();
    private final ClockFrames frames;
    private final RunningProcess encoder;
    private volatile boolean stopped;

    private LiveClock(Ffmpeg ffmpeg, RtmpPublisher publisher, int widthPixels, int heightPixels) throws IOException {
        this.publisher = publisher;
        this.frames = new ClockFrames(new ClockPicture(widthPixels, heightPixels));
        this.encoder = ffmpeg.startStreaming(this::send, arguments(widthPixels, heightPixels));
    }

    /**
     * Begins to publish; returns when the first picture has been sent.
     *
     * @param address for instance {@code rtmp://127.0.0.1:1935/live/camera}
     * @param widthPixels a multiple of 20
     */
    public static LiveClock start(Ffmpeg ffmpeg, String address, int widthPixels, int heightPixels)
            throws IOException, InterruptedException {
        URI uri = URI.create(address);
        String[] path = uri.getPath().substring(1).split("/", 2);
        RtmpPublisher publisher = RtmpPublisher.open(uri.getHost(), uri.getPort(), path[0], path[1]);
        try {
            LiveClock clock = new LiveClock(ffmpeg, publisher, widthPixels, heightPixels);
            clock.frames.start(clock.encoder.input());
            clock.awaitFirstPicture();
            return clock;
        } catch (IOException e) {
            publisher.close();
            throw e;
        }
    }

    private static String[] arguments(int widthPixels, int heightPixels) {
        List<String> list = new ArrayList<>();
        String size = widthPixels + "x" + heightPixels;
        list.addAll(List.of("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size));
        list.addAll(List.of("-framerate", "" + ClockFrames.PER_SECOND, "-i", "-"));
        list.addAll(List.of("-f", "lavfi", "-i", "sine=frequency=330:beep_factor=2:sample_rate=48000"));
        list.addAll(List.of("-map", "0:v", "-map", "1:a", "-pix_fmt", "yuv420p"));
        list.addAll(List.of("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"));
        list.addAll(List.of("-b:v", "1500k", "-maxrate", "1500k", "-bufsize", "1500k", "-g", "" + KEY_FRAME_DISTANCE));
        list.addAll(List.of("-c:a", "aac", "-b:a", "64k", "-af", "volume=0.1", "-flush_packets", "1"));
        list.addAll(List.of("-flvflags", "no_duration_filesize", "-f", "flv", "-"));
        return list.toArray(String[]::new);
    }

    private void awaitFirstPicture() throws IOException, InterruptedException {
        try {
            published.get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new IOException("the live clock did not begin: " + encoder.errors(), e);
        }
    }

    /** Sends what the encoder makes, time stamps beginning at the first key frame that was made in time. */
    private void send(InputStream encoded) throws IOException {
        long baseMillis = -1;
        try {
            FlvReader reader = new FlvReader(new BufferedInputStream(encoded), "the encoder's output");
            for (Optional<FlvTag> next = reader.next(); next.isPresent(); next = reader.next()) {
                FlvTag tag = next.get();
                if (baseMillis < 0 && tag.isKeyFrame() && isInPace(tag)) {
                    baseMillis = tag.timestampMillis();
                    sendConfiguration();
                }
                if (baseMillis >= 0 && tag.timestampMillis() >= baseMillis) {
                    publisher.send(tag, -baseMillis);
                    published.complete(null);
                } else if (tag.isConfiguration() || tag.type() == FlvTag.SCRIPT) {
                    configuration.add(tag);
                }
            }
            published.completeExceptionally(new IOException("the encoder ended"));
        } catch (IOException e) {
            published.completeExceptionally(e);
            if (!stopped) {
                throw e;
            }
        } finally {
            stopped = true;
            frames.stop();
        }
    }

    private boolean isInPace(FlvTag keyFrame) {
        return System.currentTimeMillis() - frames.drawnUtcMillis(keyFrame.timestampMillis()) < IN_PACE_MILLIS;
    }

    private void sendConfiguration() throws IOException {
        for (FlvTag tag : configuration) {
            publisher.send(tag, -tag.timestampMillis());
        }
    }

    /** Whether it still publishes. */
    public boolean isAlive() {
        return !stopped && frames.isDrawing() && encoder.isAlive();
    }

    /** Waits until it ends by itself, for instance because the server is gone. */
    public void awaitEnd() throws InterruptedException {
        frames.awaitEnd();
    }

    /** What the encoder complained about. */
    public String errors() {
        return encoder.errors();
    }

    /** Ends the stream in good order. */
    public void stop() throws IOException, InterruptedException {
        stopped = true;
        frames.stop();
        encoder.stop();
        frames.awaitEnd();
        publisher.unpublish();
        publisher.close();
    }

    @Override
    public void close() {
        stopped = true;
        frames.stop();
        encoder.close();
        try {
            publisher.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the live clock's connection", e);
        }
    }
}
