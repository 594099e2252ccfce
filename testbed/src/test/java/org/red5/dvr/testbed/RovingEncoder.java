package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An encoder whose camera goes on whether it publishes or not: it leaves a server and goes on at another with the pictures of
 * that moment. A thread of its own sends them. Otherwise for one thread.
 */
final class RovingEncoder implements AutoCloseable {
    private static final long FRAME_MILLIS = 40;

    private final FlvFile clip;
    private final String stream;
    private final long startNanos = System.nanoTime();
    private final List<Leg> legs = new ArrayList<>();

    RovingEncoder(FlvFile clip, String stream) {
        this.clip = clip;
        this.stream = stream;
    }

    /** What was sent to one server without a break, up to when it was left or did not take more. */
    final class Leg {
        private final RtmpPublisher publisher;
        private final long fromMillis;
        private final Thread thread;
        /** Pictures from the first key frame on. Guarded by itself. */
        private final List<ByteBuffer> pictures = new ArrayList<>();

        private volatile boolean isLeft;

        private Leg(RtmpPublisher publisher) {
            this.publisher = publisher;
            this.fromMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            this.thread = new Thread(this::send, "encoder of " + stream);
            thread.setDaemon(true);
        }

        /** The pictures that can be decoded, in order. */
        List<ByteBuffer> pictures() {
            synchronized (pictures) {
                return List.copyOf(pictures);
            }
        }

        /** Goes, with a farewell or without. */
        void leave(boolean inGoodOrder) throws IOException, InterruptedException {
            isLeft = true;
            if (inGoodOrder) {
                thread.join();
                publisher.unpublish();
            }
            publisher.close();
            thread.join();
        }

        private void send() {
            try {
                for (FlvTag tag : clip.tags()) {
                    if (isHead(tag)) {
                        publisher.send(tag, fromMillis - tag.timestampMillis());
                    }
                }
                long clipMillis = clip.lastTimestampMillis() + FRAME_MILLIS;
                for (long offset = fromMillis / clipMillis * clipMillis; !isLeft; offset += clipMillis) {
                    send(offset);
                }
            } catch (IOException e) {
                isLeft = true; // The server has gone; who asks sees what it took.
            }
        }

        private void send(long offset) throws IOException {
            for (FlvTag tag : clip.tags()) {
                long dueMillis = tag.timestampMillis() + offset;
                if (isHead(tag) || tag.isEndOfSequence() || dueMillis < fromMillis) {
                    continue;
                }
                long dueNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(dueMillis);
                for (long wait = dueNanos - System.nanoTime();
                        wait > 0 && !isLeft;
                        wait = dueNanos - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                if (isLeft) {
                    return;
                }
                publisher.send(tag, offset);
                note(tag);
            }
        }

        private void note(FlvTag tag) {
            synchronized (pictures) {
                if (tag.isKeyFrame() || (tag.type() == FlvTag.VIDEO && !pictures.isEmpty())) {
                    pictures.add(ByteBuffer.wrap(tag.payload(), 5, tag.payload().length - 5)
                            .slice());
                }
            }
        }
    }

    /** Whether it says how what follows is coded. */
    private static boolean isHead(FlvTag tag) {
        return tag.isConfiguration() || tag.type() == FlvTag.SCRIPT;
    }

    /** Begins to publish to a server. */
    Leg goTo(Red5Server server) throws IOException {
        Leg leg = new Leg(server.publish("live", stream));
        legs.add(leg);
        leg.thread.start();
        return leg;
    }

    @Override
    public void close() throws IOException {
        for (Leg leg : legs) {
            leg.isLeft = true;
            leg.publisher.close();
        }
    }
}
