package org.red5.dvr.playback;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.LruMap;

/**
 * What playlists that go on have given out, so that none changes an entry or takes one back, whichever servers answer and whatever is
 * configured by now (RFC 8216, section 6.2.1). Within a bound, by least recent use; a list that nobody asked for during its length
 * is chosen anew. Any thread may call.
 */
final class GivenLists {
    private static final int MOST_LISTS = 10_000;
    /** Of all streams: about half a million entries, or 40 MB when nothing else holds them. */
    private static final int MOST_BLOCKS = 8_192;

    private final SegmentGrid grid;
    /** By least recent use. */
    @GuardedBy("streams")
    private final Map<StreamKey, GivenEntries> streams = new LinkedHashMap<>(64, 0.75f, true);

    /** By least recent use; all in it is guarded as well. */
    @GuardedBy("lists")
    private final Map<Key, Given> lists = new LruMap<>(MOST_LISTS);

    private record Key(StreamKey stream, Window window) {}

    /** What is known of one list. */
    private static final class Given {
        private long firstNumber = Long.MIN_VALUE;
        /** Long.MAX_VALUE until it has ended. */
        private long lastNumber = Long.MAX_VALUE;

        private long askedMicros;
        private long lengthMicros;

        /** Who asks after such a pause is another viewer, and of a list that has ended he may want what came since. */
        long pauseMicros() {
            return lastNumber == Long.MAX_VALUE
                    ? Math.max(GivenEntries.LEAST_PAUSE_MICROS, lengthMicros)
                    : GivenEntries.LEAST_PAUSE_MICROS;
        }
    }

    GivenLists(SegmentGrid grid) {
        this.grid = grid;
    }

    /** Whether a list was given out before as one that goes on. */
    boolean wasGiven(StreamKey stream, Window window, long nowMicros) {
        return find(new Key(stream, window), nowMicros) != null;
    }

    /** Whether a list was given out as one that has ended. */
    boolean hasEnded(StreamKey stream, Window window, long nowMicros) {
        Given given = find(new Key(stream, window), nowMicros);
        synchronized (lists) {
            return given != null && given.lastNumber != Long.MAX_VALUE;
        }
    }

    /**
     * A list as it is given out now: what it has dropped at its head stays dropped, and behind its end nothing comes.
     *
     * @param range of time that it shows
     * @param now what there is of it now
     */
    Timeline goOn(StreamKey stream, Window window, UtcRange range, Timeline now, long nowMicros) {
        Key key = new Key(stream, window);
        Given before = find(key, nowMicros);
        long first;
        long last;
        synchronized (lists) {
            first = before == null ? Long.MIN_VALUE : before.firstNumber;
            last = before == null ? Long.MAX_VALUE : before.lastNumber;
        }
        UtcRange shown = window.losesHead() ? now.withoutExpired(range) : range;
        GivenEntries entries = entries(stream);
        int blocks = entries.blocks();
        Timeline list = entries.goOn(shown, now.numbered(), first, last, nowMicros);
        if (!list.isEmpty()) {
            note(key, list.first().number(), range.durationMicros(), nowMicros);
        }
        if (entries.blocks() > blocks) {
            makeRoom(entries);
        }
        return list;
    }

    /** Notes that a list was given out with its end. */
    void end(StreamKey stream, Window window, Timeline list) {
        synchronized (lists) {
            Given given = lists.get(new Key(stream, window));
            if (given != null && given.lastNumber == Long.MAX_VALUE) {
                given.lastNumber = list.last().number();
            }
        }
    }

    private @Nullable Given find(Key key, long nowMicros) {
        synchronized (lists) {
            Given given = lists.get(key);
            return given == null || nowMicros - given.askedMicros > given.pauseMicros() ? null : given;
        }
    }

    private void note(Key key, long firstNumber, long lengthMicros, long nowMicros) {
        boolean isNew = find(key, nowMicros) == null;
        synchronized (lists) {
            if (isNew) {
                lists.put(key, new Given());
            }
            Given given = lists.computeIfAbsent(key, each -> new Given());
            given.firstNumber = Math.max(given.firstNumber, firstNumber);
            given.askedMicros = nowMicros;
            given.lengthMicros = lengthMicros;
        }
    }

    private GivenEntries entries(StreamKey stream) {
        synchronized (streams) {
            return streams.computeIfAbsent(stream, key -> new GivenEntries(grid));
        }
    }

    private void makeRoom(GivenEntries last) {
        synchronized (streams) {
            int blocks =
                    streams.values().stream().mapToInt(GivenEntries::blocks).sum();
            Iterator<GivenEntries> eldest = streams.values().iterator();
            while (blocks > MOST_BLOCKS && eldest.hasNext()) {
                GivenEntries entries = eldest.next();
                if (entries != last) {
                    blocks -= entries.blocks();
                    eldest.remove();
                }
            }
        }
        last.keepBlocks(MOST_BLOCKS);
    }
}
