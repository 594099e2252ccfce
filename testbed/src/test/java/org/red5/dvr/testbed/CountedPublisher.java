package org.red5.dvr.testbed;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** Publishes a clip over and over in real time, by one connection, and counts what it sends. */
final class CountedPublisher implements AutoCloseable {
    private static final long FRAME_MILLIS = 40;
    private static final int LIMIT_SECONDS = 60;

    private final RtmpPublisher publisher;
    private final String stream;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile boolean stopped;
    private volatile long video;
    private volatile long audio;

    private CountedPublisher(RtmpPublisher publisher, String stream) {
        this.publisher = publisher;
        this.stream = stream;
    }

    /** Begins to publish a stream of the application {@code live}. */
    static CountedPublisher start(Red5Server server, String stream, FlvFile clip) throws IOException {
        CountedPublisher counted = new CountedPublisher(server.publish("live", stream), stream);
        Thread thread = new Thread(() -> counted.publish(clip), "publisher of " + stream);
        thread.setDaemon(true);
        thread.start();
        return counted;
    }

    private void publish(FlvFile clip) {
        try {
            List<FlvTag> tags =
                    clip.tags().stream().filter(tag -> !tag.isEndOfSequence()).toList();
            long startNanos = System.nanoTime();
            for (long i = 0; !stopped; i++) {
                FlvTag tag = tags.get((int) (i % tags.size()));
                long offset = i / tags.size() * (clip.lastTimestampMillis() + FRAME_MILLIS);
                long dueNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(offset + tag.timestampMillis());
                awaitNanos(dueNanos);
                publisher.send(tag, offset);
                video += tag.type() == FlvTag.VIDEO ? 1 : 0;
                audio += tag.type() == FlvTag.AUDIO ? 1 : 0;
            }
            publisher.unpublish();
            ended.complete(null);
        } catch (IOException e) {
            ended.completeExceptionally(e);
        }
    }

    private static void awaitNanos(long dueNanos) {
        for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(wait);
        }
    }

    /** The stream's name. */
    String stream() {
        return stream;
    }

    /** Whether the server has ended the connection. */
    boolean isCutOff() {
        return ended.isCompletedExceptionally();
    }

    /** Ends the stream in good order; gives what was sent as the server's log is to say it. */
    String end() throws InterruptedException, ExecutionException, TimeoutException {
        stopped = true;
        ended.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return video + " video and " + audio + " audio packets";
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        publisher.close();
    }
}
