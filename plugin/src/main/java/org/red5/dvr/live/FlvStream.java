package org.red5.dvr.live;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.media.flv.FlvTag;
import org.red5.dvr.media.flv.FlvWriter;

/**
 * A feed as an FLV file without an end (Adobe FLV 10.1, annex E), from the last key frame on. The file's header comes with the
 * first packet, so that of a stream without packets nothing comes. To be subscribed to once; each subscriber joins the feed for
 * itself.
 */
public final class FlvStream implements Flow.Publisher<ByteBuffer> {
    private final LiveFeed feed;
    private final Collection<String> nodes;
    private final Executor executor;

    /**
     * @param nodes the servers that the packets go to through the subscriber
     * @param executor subscribers are called there, one call at a time for each; they must not block for long
     */
    public FlvStream(LiveFeed feed, Collection<String> nodes, Executor executor) {
        this.feed = feed;
        this.nodes = List.copyOf(nodes);
        this.executor = executor;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Sending sending = new Sending(subscriber);
        subscriber.onSubscribe(sending);
        sending.begin();
    }

    private final class Sending implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> to;
        private final AtomicLong wanted = new AtomicLong();
        private final Wakeable task = new Wakeable(executor, this::send);
        private final ArrayDeque<ByteBuffer> ready = new ArrayDeque<>(); // used by the task only
        private boolean begun; // used by the task only
        private volatile @Nullable LiveSubscription from;
        private volatile boolean done;

        Sending(Flow.Subscriber<? super ByteBuffer> to) {
            this.to = to;
        }

        void begin() {
            LiveSubscription joined = feed.subscribe(task::wake, nodes);
            from = joined;
            if (done) {
                joined.close();
            }
            task.wake();
        }

        @Override
        public void request(long buffers) {
            if (buffers <= 0) {
                cancel();
                to.onError(new IllegalArgumentException("request for " + buffers + " buffers"));
                return;
            }
            wanted.accumulateAndGet(buffers, (had, more) -> had + more < 0 ? Long.MAX_VALUE : had + more);
            task.wake();
        }

        @Override
        public void cancel() {
            done = true;
            LiveSubscription joined = from;
            if (joined != null) {
                joined.close();
            }
        }

        private void send() {
            LiveSubscription joined = from;
            while (joined != null && !done) {
                if (ready.isEmpty() && !fill(joined)) {
                    if (joined.isOver()) {
                        done = true;
                        to.onComplete();
                    }
                    return;
                }
                if (wanted.get() == 0) {
                    return;
                }
                wanted.decrementAndGet();
                to.onNext(ready.remove());
            }
        }

        private boolean fill(LiveSubscription joined) {
            Optional<LivePacket> packet = joined.poll();
            if (packet.isEmpty()) {
                return false;
            }
            if (!begun) {
                begun = true;
                ready.add(FlvWriter.header());
            }
            LivePacket next = packet.get();
            int type = next.video() ? FlvTag.VIDEO : FlvTag.AUDIO;
            ready.addAll(FlvWriter.tag(new FlvTag(type, next.timestampMillis(), next.body())));
            return true;
        }
    }
}
