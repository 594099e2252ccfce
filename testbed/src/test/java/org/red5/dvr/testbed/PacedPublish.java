package org.red5.dvr.testbed;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** One publish of tags in a thread of its own, each sent when it is due, whatever its time stamp is. */
final class PacedPublish implements AutoCloseable {
    /**
     * A tag and when it is sent.
     *
     * @param millis since the publish began
     */
    record Due(long millis, FlvTag tag) {}

    private final RtmpPublisher publisher;
    private final List<Due> tags;
    private final CompletableFuture<Void> sent = new CompletableFuture<>();

    private PacedPublish(RtmpPublisher publisher, List<Due> tags) {
        this.publisher = publisher;
        this.tags = List.copyOf(tags);
    }

    /** Begins to publish as soon as the server lets it; ends the stream in good order after the last tag. */
    static PacedPublish start(Red5Server server, String app, String stream, List<Due> tags) throws IOException {
        PacedPublish publish = new PacedPublish(server.publish(app, stream), tags);
        Thread thread = new Thread(publish::run, "publisher of " + app + "/" + stream);
        thread.setDaemon(true);
        thread.start();
        return publish;
    }

    /** Every tag is sent when its time stamp says. */
    static List<Due> inRealTime(List<FlvTag> tags) {
        return tags.stream().map(tag -> new Due(tag.timestampMillis(), tag)).toList();
    }

    /** Whether it is at an end. */
    boolean isDone() {
        return sent.isDone();
    }

    /** Waits until all is sent; throws what the publisher ran into, for instance that the server had cut it off. */
    void await(Duration limit) throws InterruptedException, ExecutionException, TimeoutException {
        sent.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void run() {
        try {
            long startNanos = System.nanoTime();
            for (Due due : tags) {
                long dueNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(due.millis());
                for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                publisher.send(due.tag(), 0);
            }
            publisher.unpublish();
            sent.complete(null);
        } catch (IOException e) {
            sent.completeExceptionally(e);
        }
    }

    /** Drops the connection. */
    @Override
    public void close() throws IOException {
        publisher.close();
    }
}
