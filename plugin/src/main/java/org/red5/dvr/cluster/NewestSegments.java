package org.red5.dvr.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.peer.Route;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.util.LruMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the bytes of the last three target durations of a stream that somebody watches live, once: what comes later comes with its
 * bytes. So who comes right after the server of these bytes has gone can begin all the same. Any thread may call; nothing blocks.
 */
final class NewestSegments {
    private static final Logger log = LoggerFactory.getLogger(NewestSegments.class);
    private static final int MOST_STREAMS = 10_000;
    /** A target duration is two cells. */
    private static final int CELLS = 6;

    private final String node;
    private final SegmentFetcher fetcher;
    private final SegmentGrid grid;
    /** Up to which number the segments of a stream were asked for, by least recent use. */
    @GuardedBy("asked")
    private final Map<StreamKey, Long> asked = new LruMap<>(MOST_STREAMS);

    NewestSegments(String node, SegmentFetcher fetcher, SegmentGrid grid) {
        this.node = node;
        this.fetcher = fetcher;
        this.grid = grid;
    }

    /** Asks for those that were not asked for yet. */
    void fetch(StreamKey stream, Timeline live) {
        long newest = live.last().number();
        long before;
        synchronized (asked) {
            before = asked.getOrDefault(stream, Long.MIN_VALUE);
            if (newest > before) {
                asked.put(stream, newest);
            }
        }
        long fromMicros = live.last().endUtcMicros() - CELLS * grid.periodMicros();
        List<Segment> segments = live.segments();
        Set<TakeId> takes = new HashSet<>();
        for (int i = segments.size() - 1; i >= 0 && newest > before; i--) {
            Segment segment = segments.get(i);
            if (segment.startUtcMicros() < fromMicros || segment.number() <= before) {
                return;
            }
            if (!live.servers().get(i).equals(node)) {
                if (takes.add(segment.take())) {
                    noteFailure(fetcher.init(stream, segment.take(), Route.START, Budget.VIEWER));
                }
                noteFailure(fetcher.segment(stream, segment.take(), segment.number(), Route.START, Budget.VIEWER));
            }
        }
    }

    private static void noteFailure(CompletableFuture<?> fetched) {
        fetched.whenComplete((bytes, failure) -> {
            if (failure != null) {
                log.debug("not fetched ahead: {}", failure.toString());
            }
        });
    }
}
