package org.red5.dvr.cluster.known;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/**
 * What a peer has said of one stream in the hours that may still grow: put together from its list and from what came since. Not for
 * several threads.
 */
final class OpenTakes {
    /** Of anything that is kept, about. */
    private static final long ITEM_BYTES = 500;

    private final StreamKey stream;
    private final PeerMemory memory;
    private final SegmentGrid grid;

    /** By hour, take and node, in the order of the peer's list. */
    private Map<Key, KnownTake> takes = new LinkedHashMap<>();
    /** What was listed before a server behind the peer did not answer any more. */
    private final Map<Key, KnownTake> lost = new LinkedHashMap<>();

    private List<TakeEnd> ends = new ArrayList<>();
    private List<Unanswered> unanswered = List.of();
    private Skipped skipped = Skipped.NONE;
    private boolean partial;
    private Optional<UtcRange> span = Optional.empty();
    private boolean known;
    private boolean live;
    private long lastNumber;

    private record Key(long hour, TakeId take, String node) {}

    OpenTakes(StreamKey stream, PeerMemory memory, SegmentGrid grid) {
        this.stream = stream;
        this.memory = memory;
        this.grid = grid;
    }

    /** Whether the peer's last answer was one. */
    boolean isKnown() {
        return known;
    }

    /** About how many bytes of the heap it takes. */
    long bytes() {
        return ITEM_BYTES
                + ITEM_BYTES * (stream.name().length() / 100L + ends.size() + unanswered.size())
                + bytes(takes)
                + bytes(lost);
    }

    private static long bytes(Map<Key, KnownTake> listed) {
        return listed.values().stream()
                .mapToLong(take -> ITEM_BYTES + take.bytes())
                .sum();
    }

    boolean isLive() {
        return live;
    }

    /** Whether something of what the peer lists could not be read. */
    boolean isPartial() {
        return partial;
    }

    /** The highest number there is; where there is none, of the cell before those that can come. */
    long lastNumber() {
        return lastNumber;
    }

    /** Which servers were not asked for the list. */
    Skipped skipped() {
        return skipped;
    }

    /** All of it; empty when the peer does not know the stream. */
    Optional<KnownStream> all(boolean isLive) {
        if (!known) {
            return Optional.empty();
        }
        List<KnownTake> all = withWhatIsHere();
        List<HourListing.Hour> hours = all.stream().map(KnownTake::entry).toList();
        return Optional.of(new KnownStream(new HourListing(isLive, span, hours, ends, unanswered, skipped), all));
    }

    /** The takes, and of those that are lost the segments whose bytes are here. */
    private List<KnownTake> withWhatIsHere() {
        List<KnownTake> all = new ArrayList<>(takes.values());
        for (KnownTake take : lost.values()) {
            KnownTake here = take.only(segment -> memory.segments().has(key(segment)));
            if (!here.since().isEmpty()) {
                all.add(here);
            }
        }
        return all;
    }

    private RecentSegments.Key key(Segment segment) {
        return new RecentSegments.Key(stream, segment.take(), segment.number());
    }

    private static Key key(HourListing.Hour hour) {
        return new Key(hour.hour(), hour.take(), hour.node());
    }

    /** What is known of an hour that the peer lists; empty when it lists less than that. */
    Optional<KnownTake> of(HourListing.Hour hour) {
        return Optional.ofNullable(takes.get(key(hour))).filter(take -> hour.segments() >= take.records());
    }

    /**
     * Takes a list of the peer's for all there is.
     *
     * @param peerMicros when it was asked for
     * @param settled the last hour that gets no more segments
     */
    void replace(Optional<HourListing> listing, IndexReads read, long peerMicros, long settled) {
        known = listing.isPresent();
        List<Unanswered> silent =
                new ArrayList<>(listing.map(HourListing::unanswered).orElse(List.of()));
        read.unread().ifPresent(one -> Unanswered.add(silent, one));
        unanswered = List.copyOf(silent);
        partial = read.unread().isPresent();
        skipped = listing.map(HourListing::skipped).orElse(Skipped.NONE);
        lost.putAll(takes);
        takes = new LinkedHashMap<>();
        for (KnownTake take : read.takes()) {
            takes.put(key(take.entry()), take);
            memory.keepOrdinal(stream, take.entry().take(), take.ordinal());
        }
        lost.keySet().removeAll(takes.keySet());
        forgetUntil(settled);
        if (unanswered.isEmpty()) {
            lost.clear();
        }
        ends = new ArrayList<>(listing.map(HourListing::ends).orElse(List.of()));
        Optional<UtcRange> before = unanswered.isEmpty() ? Optional.empty() : span;
        span = listing.flatMap(HourListing::span).or(() -> before);
        live = listing.map(HourListing::live).orElse(false);
        lastNumber = read.takes().stream()
                .mapToLong(take -> take.lastNumber())
                .filter(number -> number >= 0)
                .max()
                .orElseGet(
                        () -> span.map(all -> grid.numberAt(all.toMicros() - 1)).orElse(firstToCome(peerMicros) - 1));
    }

    /** The lowest number that a segment may have which is being recorded at an instant. */
    private long firstToCome(long utcMicros) {
        return grid.numberAt(utcMicros) - SegmentGrid.LONGEST_CELLS - 1;
    }

    /**
     * Adds what came since.
     *
     * @param settled the last hour that gets no more segments
     * @return whether it is something new
     */
    boolean add(FollowReply reply, long settled) {
        boolean isNew = !reply.segments().isEmpty() || live != reply.live();
        live = reply.live();
        reply.segments().forEach(this::add);
        for (TakeEnd end : reply.ends()) {
            if (!ends.contains(end)) {
                ends.add(end);
                isNew = true;
            }
        }
        forgetUntil(settled);
        return isNew;
    }

    /** The peer does not know the stream. */
    void forget() {
        known = false;
    }

    private void forgetUntil(long settled) {
        takes.keySet().removeIf(take -> take.hour() <= settled);
        lost.keySet().removeIf(take -> take.hour() <= settled);
    }

    private void add(FollowReply.New one) {
        Segment segment = one.segment();
        lastNumber = Math.max(lastNumber, segment.number());
        Key key = new Key(grid.hourOf(segment.number()), segment.take(), one.node());
        KnownTake before = takes.get(key);
        if (before != null && before.lastNumber() >= segment.number()) {
            return;
        }
        memory.keepOrdinal(stream, segment.take(), one.ordinal());
        int segments = before == null ? 1 : before.entry().segments() + 1;
        HourListing.Hour entry =
                new HourListing.Hour(key.hour(), key.take(), key.node(), segments, false, Optional.empty());
        KnownTake known = before == null ? new KnownTake(entry, Optional.empty(), List.of()) : before;
        takes.put(key, known.and(entry, one));
        span = Optional.of(new UtcRange(
                span.map(UtcRange::fromMicros).orElse(segment.startUtcMicros()),
                Math.max(span.map(UtcRange::toMicros).orElse(0L), segment.endUtcMicros())));
        one.media()
                .ifPresent(bytes -> memory.segments()
                        .put(
                                key(segment),
                                new RecentSegments.Kept(bytes, segment.videoBytes(), one.node(), one.crc())));
    }
}
