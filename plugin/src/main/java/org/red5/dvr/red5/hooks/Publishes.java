package org.red5.dvr.red5.hooks;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.record.StreamSinks;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.stream.IBroadcastStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The publishes going on in all applications of the server. Any thread may call any method. */
public final class Publishes {
    private static final Logger log = LoggerFactory.getLogger(Publishes.class);

    private final StreamSinks sinks;
    private final LiveFeeds feeds;
    private final ConcurrentMap<StreamKey, Publish> current = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;
    private volatile boolean closed;

    /**
     * @param sinks say what is recorded
     * @param feeds get all streams, recorded or not
     * @param nanoTime a clock that is never set, as {@link System#nanoTime}
     */
    public Publishes(StreamSinks sinks, LiveFeeds feeds, LongSupplier nanoTime) {
        this.sinks = sinks;
        this.feeds = feeds;
        this.nanoTime = nanoTime;
    }

    /**
     * Begins to listen to a stream, and to record it when it is to be recorded. To be called after the stream was registered in the scope
     * and before its first packet.
     */
    void begun(IScope scope, String name, IBroadcastStream stream) {
        @Nullable IBroadcastScope pipe = scope.getBroadcastScope(name);
        if (closed || pipe == null) {
            return;
        }
        StreamKey key = StreamKeys.of(scope, name);
        Publish publish =
                new Publish(stream, pipe, feeds.begin(key), sinks.open(key), new MediaRhythm(nanoTime), this::ended);
        @Nullable Publish before = current.put(key, publish);
        if (before != null) {
            // A room's stream and one with a slash in its name can be named alike; the later one wins.
            log.warn("{} is published again before it ended", key);
            before.end();
        }
        publish.begin();
        if (closed || !pipe.getProviders().contains(stream.getProvider())) {
            publish.end();
        }
    }

    private void ended(Publish publish) {
        current.remove(publish.key(), publish);
        feeds.end(publish.feed());
    }

    /** The publish of a name, by a client or by this server itself. */
    Optional<Publish> of(IScope scope, String name) {
        return Optional.ofNullable(current.get(StreamKeys.of(scope, name)))
                .filter(publish -> publish.isOn(scope.getBroadcastScope(name)));
    }

    /** The streams being recorded now. */
    List<StreamKey> recording() {
        return current.values().stream()
                .filter(Publish::isRecorded)
                .map(Publish::key)
                .sorted()
                .toList();
    }

    /** The streams of clients that have sent nothing for so long, and for longer than they usually do. */
    public List<StreamKey> silent(Duration limit) {
        return current.values().stream()
                .filter(publish -> publish.client().isPresent() && publish.isSilent(limit))
                .map(Publish::key)
                .sorted()
                .toList();
    }

    /** From now on what is published is neither recorded nor passed on. */
    public void beginNoMore() {
        closed = true;
    }

    /** Ends all feeds and recordings, although the publishers may go on. */
    public void endAll() {
        List.copyOf(current.values()).forEach(Publish::end);
    }
}
