package org.red5.dvr.playback;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/**
 * Which segment each number of one stream had in playlists that go on, or that it had none. What was given out stays, whoever answers
 * now, for as long as a list can show it; new numbers are as they are merged now. Any thread may call.
 */
final class GivenEntries {
    private static final int BLOCK = 64;
    private static final long LEAST_EPOCH_MICROS = 600_000_000L;
    /** Players ask at least so often. */
    static final long LEAST_PAUSE_MICROS = 60_000_000L;

    private final SegmentGrid grid;
    /** By number, divided by their size. */
    @GuardedBy("this")
    private final TreeMap<Long, Block> blocks = new TreeMap<>();

    /** How far back the lists reach that were asked for lately, and those of the time before that. */
    @GuardedBy("this")
    private long longestMicros;

    @GuardedBy("this")
    private long longestBeforeMicros;

    @GuardedBy("this")
    private long epochMicros;

    @GuardedBy("this")
    private long askedMicros;

    /** Some numbers that follow on each other. */
    private static final class Block {
        private final @Nullable Segment[] segments = new Segment[BLOCK];
        private final @Nullable String[] servers = new String[BLOCK];
        private long given;

        boolean isGiven(int at) {
            return (given & 1L << at) != 0;
        }
    }

    /** A list on its way. */
    private static final class Entries {
        private final List<Segment> segments = new ArrayList<>();
        private final List<String> servers = new ArrayList<>();

        void add(Segment segment, String server) {
            segments.add(segment);
            servers.add(server);
        }

        /** Whether it comes behind what is there; a merge of today need not fit on one of yesterday. */
        boolean isFollowedBy(Segment segment) {
            if (segments.isEmpty()) {
                return true;
            }
            Segment last = segments.get(segments.size() - 1);
            return segment.startUtcMicros() >= last.startUtcMicros() && !Timeline.isSameMoment(last, segment);
        }
    }

    GivenEntries(SegmentGrid grid) {
        this.grid = grid;
    }

    synchronized int blocks() {
        return blocks.size();
    }

    /** Forgets the earliest numbers, until so many blocks are left. */
    synchronized void keepBlocks(int most) {
        while (blocks.size() > most) {
            blocks.pollFirstEntry();
        }
    }

    /**
     * A list as it is given out now, which is noted.
     *
     * @param range time of the list
     * @param now what is merged now, one segment a number
     * @param first the lowest number that the list may have
     * @param last the highest
     */
    synchronized Timeline goOn(UtcRange range, Timeline now, long first, long last, long nowMicros) {
        forget(range.fromMicros(), nowMicros);
        Entries entries = entries(range, now, first, last);
        note(entries);
        return new Timeline(
                now.window(),
                entries.segments,
                entries.servers,
                Set.of(),
                now.gaps(),
                now.live(),
                now.span(),
                now.unanswered());
    }

    /** Forgets what no list that was asked for lately can show, and everything when none was for longer than it is long. */
    @GuardedBy("this")
    private void forget(long fromMicros, long nowMicros) {
        long reachMicros = Math.max(longestMicros, longestBeforeMicros);
        if (nowMicros - askedMicros > Math.max(LEAST_PAUSE_MICROS, reachMicros)) {
            blocks.clear();
        }
        askedMicros = nowMicros;
        if (nowMicros - epochMicros > Math.max(LEAST_EPOCH_MICROS, reachMicros)) {
            longestBeforeMicros = longestMicros;
            longestMicros = 0;
            epochMicros = nowMicros;
        }
        longestMicros = Math.max(longestMicros, nowMicros - fromMicros);
        long kept = firstNumber(nowMicros - Math.max(longestMicros, longestBeforeMicros));
        blocks.headMap(Math.floorDiv(kept, (long) BLOCK), false).clear();
    }

    /** The lowest number that a segment may have which reaches beyond an instant. */
    private long firstNumber(long utcMicros) {
        return grid.numberAt(utcMicros) - SegmentGrid.LONGEST_CELLS;
    }

    @GuardedBy("this")
    private Entries entries(UtcRange range, Timeline now, long first, long last) {
        List<Segment> merged = now.segments();
        long from = merged.isEmpty() ? Long.MAX_VALUE : now.first().number();
        long to = merged.isEmpty() ? Long.MIN_VALUE : now.last().number();
        if (!blocks.isEmpty()) {
            from = Math.min(from, Math.max(blocks.firstKey() * BLOCK, firstNumber(range.fromMicros())));
            long lastOfRange = grid.numberAt(range.toMicros()) + SegmentGrid.MOST_AHEAD;
            to = Math.max(to, Math.min(blocks.lastKey() * BLOCK + BLOCK - 1, lastOfRange));
        }
        Entries entries = new Entries();
        int index = 0;
        Block block = null;
        for (long number = Math.max(from, first); number <= Math.min(to, last); number++) {
            int at = (int) Math.floorMod(number, (long) BLOCK);
            block = block == null || at == 0 ? blocks.get(Math.floorDiv(number, (long) BLOCK)) : block;
            while (index < merged.size() && merged.get(index).number() < number) {
                index++;
            }
            if (block != null && block.isGiven(at)) {
                Segment given = block.segments[at];
                String server = block.servers[at];
                if (given != null && server != null && range.intersects(given.startUtcMicros(), given.endUtcMicros())) {
                    entries.add(given, server);
                }
            } else if (index < merged.size()
                    && merged.get(index).number() == number
                    && entries.isFollowedBy(merged.get(index))) {
                entries.add(merged.get(index), now.servers().get(index));
            }
        }
        return entries;
    }

    /** Numbers between two entries had none. */
    @GuardedBy("this")
    private void note(Entries entries) {
        for (int i = 0; i < entries.segments.size(); i++) {
            Segment segment = entries.segments.get(i);
            long number =
                    i == 0 ? segment.number() : entries.segments.get(i - 1).number() + 1;
            for (; number < segment.number(); number++) {
                note(number, null, null);
            }
            note(number, segment, entries.servers.get(i));
        }
    }

    @GuardedBy("this")
    private void note(long number, @Nullable Segment segment, @Nullable String server) {
        Block block = blocks.computeIfAbsent(Math.floorDiv(number, (long) BLOCK), key -> new Block());
        int at = (int) Math.floorMod(number, (long) BLOCK);
        if (!block.isGiven(at)) {
            block.given |= 1L << at;
            block.segments[at] = segment;
            block.servers[at] = server;
        }
    }
}
