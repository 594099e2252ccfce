package org.red5.dvr.live;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.StreamKey;

/** The streams that are published to this server now. Any thread may call any method. */
public final class LiveFeeds {
    private final LongSupplier nanoTime;
    private final ConcurrentMap<StreamKey, LiveFeed> feeds = new ConcurrentHashMap<>();
    private final List<Consumer<StreamKey>> listeners = new CopyOnWriteArrayList<>();

    /**
     * @param nanoTime a clock that is never set, as {@link System#nanoTime}
     */
    public LiveFeeds(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Has somebody told of each stream that begins or ends, after it did, on the publisher's thread; it must not block. */
    public void listen(Consumer<StreamKey> listener) {
        listeners.add(listener);
    }

    /** Begins a stream. One of the same name ends. */
    public LiveFeed begin(StreamKey stream) {
        LiveFeed feed = new LiveFeed(stream, nanoTime);
        @Nullable LiveFeed before = feeds.put(stream, feed);
        if (before != null) {
            before.end();
        }
        tell(stream);
        return feed;
    }

    /** Ends a stream, once. */
    public void end(LiveFeed feed) {
        feed.end();
        if (feeds.remove(feed.stream(), feed)) {
            tell(feed.stream());
        }
    }

    /** The feed of a stream that is published, be it silent or not. */
    public Optional<LiveFeed> find(StreamKey stream) {
        return Optional.ofNullable(feeds.get(stream));
    }

    /** Whether a stream is published and its packets come. */
    public boolean isLive(StreamKey stream) {
        return find(stream).filter(feed -> !feed.isSilent()).isPresent();
    }

    /** The streams that are published, silent ones too, in order of name. */
    public List<StreamKey> published() {
        return feeds.keySet().stream().sorted().toList();
    }

    private void tell(StreamKey stream) {
        listeners.forEach(listener -> listener.accept(stream));
    }
}
