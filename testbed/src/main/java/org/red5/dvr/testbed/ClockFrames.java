package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** Draws the time of day in real time into an encoder's input, in a thread of its own, until it is stopped or the encoder ends. */
final class ClockFrames {
    static final int PER_SECOND = 25;

    private static final long FRAME_MILLIS = 1000 / PER_SECOND;
    private static final int REMEMBERED_FRAMES = 1024;
    private static final long PAUSE_MILLIS = 5 * FRAME_MILLIS;

    /** Nothing was drawn between two pictures, as the machine was too busy. */
    private record Pause(long fromUtcMillis, long toUtcMillis) {}

    private final ClockPicture picture;
    private final AtomicLongArray drawnUtcMillis = new AtomicLongArray(REMEMBERED_FRAMES);
    private final List<Pause> pauses = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopped;

    ClockFrames(ClockPicture picture) {
        this.picture = picture;
    }

    /** {@code encoder} takes rows of BGR pixels, and is closed at the end; once. */
    void start(OutputStream encoder) {
        Thread thread = new Thread(() -> draw(encoder), "live clock");
        thread.setDaemon(true);
        thread.start();
    }

    private void draw(OutputStream encoder) {
        long startNanos = System.nanoTime();
        long lastUtcMillis = System.currentTimeMillis();
        try (encoder) {
            for (int frame = 0; !stopped; frame++) {
                long dueNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(frame * FRAME_MILLIS);
                for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                long utcMillis = System.currentTimeMillis();
                drawnUtcMillis.set(frame % REMEMBERED_FRAMES, utcMillis);
                if (utcMillis - lastUtcMillis > PAUSE_MILLIS) {
                    pauses.add(new Pause(lastUtcMillis, utcMillis));
                }
                lastUtcMillis = utcMillis;
                encoder.write(picture.time(utcMillis, frame).bgr());
                encoder.flush();
            }
        } catch (IOException e) {
            stopped = true; // The encoder has ended: who owns it sees that.
        } finally {
            ended.countDown();
        }
    }

    /** When the picture was drawn that the encoder gives this time stamp; one of the last 1024 pictures. */
    long drawnUtcMillis(long timestampMillis) {
        return drawnUtcMillis.get((int) (timestampMillis / FRAME_MILLIS % REMEMBERED_FRAMES));
    }

    /** How much of the time between two instants no picture was drawn in, as the machine was too busy. */
    long pausedMillis(long fromUtcMillis, long toUtcMillis) {
        return pauses.stream()
                .mapToLong(pause ->
                        Math.min(pause.toUtcMillis(), toUtcMillis) - Math.max(pause.fromUtcMillis(), fromUtcMillis))
                .filter(millis -> millis > 0)
                .sum();
    }

    boolean isDrawing() {
        return !stopped;
    }

    /** No picture is begun any more. */
    void stop() {
        stopped = true;
    }

    /** Waits until the last picture is drawn. */
    void awaitEnd() throws InterruptedException {
        ended.await();
    }
}
