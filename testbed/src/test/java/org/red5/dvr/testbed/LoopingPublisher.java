package org.red5.dvr.testbed;

import java.io.IOException;
import java.util.Optional;

/** Publishes a clip over and over, on a thread of its own, by one connection that is never made again. */
final class LoopingPublisher implements AutoCloseable {
    private static final long FRAME_MILLIS = 40;

    private final RtmpPublisher publisher;
    private final FlvFile clip;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile Optional<IOException> failure = Optional.empty();

    private LoopingPublisher(RtmpPublisher publisher, FlvFile clip, String stream) {
        this.publisher = publisher;
        this.clip = clip;
        this.thread = new Thread(this::publish, "publisher of " + stream);
        thread.setDaemon(true);
    }

    /** Begins to publish a stream of the application {@code live}. */
    static LoopingPublisher start(Red5Server server, String stream, FlvFile clip) throws IOException {
        LoopingPublisher looping = new LoopingPublisher(server.publish("live", stream), clip, stream);
        looping.thread.start();
        return looping;
    }

    private void publish() {
        try {
            for (long offset = 0; !stopped; offset += clip.lastTimestampMillis() + FRAME_MILLIS) {
                publisher.sendPaced(clip, offset);
            }
        } catch (IOException e) {
            if (!stopped) {
                failure = Optional.of(e);
            }
        }
    }

    /** Throws what went wrong, if something did. */
    void requireNoFailure() throws IOException {
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        publisher.close();
    }
}
