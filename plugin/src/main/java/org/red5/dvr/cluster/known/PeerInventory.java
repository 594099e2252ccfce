package org.red5.dvr.cluster.known;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Offer;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** What one peer holds, asked with one scope: as it has said so before, and by asking for the rest. Any thread may call; nothing blocks. */
public final class PeerInventory {
    private final Peer peer;
    private final Scope scope;
    private final PeerApi remote;
    private final IndexFetcher indexes;
    private final PeerMemory memory;
    private final SegmentGrid grid;
    private final Timing time;
    private final ClosedHours closed;
    private final OpenStreams open;

    public PeerInventory(Peer peer, Scope scope, PeerApi remote, PeerMemory memory, SegmentGrid grid, Timing time) {
        this.peer = peer;
        this.scope = scope;
        this.remote = remote;
        this.indexes = new IndexFetcher(scope, remote, memory);
        this.memory = memory;
        this.grid = grid;
        this.time = time;
        this.closed = new ClosedHours(peer, scope, remote, memory.listBytes(), time);
        this.open = new OpenStreams(
                stream -> new OpenStream(peer, stream, scope, remote, indexes, memory, grid, time),
                memory.listBytes(),
                time);
    }

    /** For questions that are not answered from memory. */
    public TakeStore remote(Question question) {
        return remote.to(question);
    }

    public IndexFetcher indexes() {
        return indexes;
    }

    /**
     * The hours of a stream, both included; empty when the peer does not know it.
     *
     * @param wanted how new what is in hours that may still grow must be
     */
    public CompletableFuture<Optional<HourListing>> hours(
            StreamKey stream, long fromHour, long toHour, QueryOptions wanted, Question question) {
        long settled = Hours.lastSettled(time.micros());
        CompletableFuture<Optional<HourListing>> old = fromHour > settled
                ? CompletableFuture.completedFuture(Optional.empty())
                : closed.hours(stream, fromHour, Math.min(toHour, settled), question);
        CompletableFuture<Optional<KnownStream>> now = toHour <= settled
                ? CompletableFuture.completedFuture(Optional.empty())
                : open(stream, question.route()).known(wanted, question);
        return old.thenCombine(
                now, (past, present) -> joined(past, present.map(KnownStream::listing), fromHour, toHour));
    }

    private static Optional<HourListing> joined(
            Optional<HourListing> past, Optional<HourListing> present, long fromHour, long toHour) {
        return present.map(now -> {
                    HourListing here = now.within(fromHour, toHour);
                    List<HourListing> both =
                            past.map(before -> List.of(before, here)).orElse(List.of(here));
                    Optional<UtcRange> span = now.span().or(() -> past.flatMap(HourListing::span));
                    return HourListing.joined(both).with(now.live(), span);
                })
                .or(() -> past);
    }

    /**
     * What the peer has of a stream in a range of time; empty when it does not know it.
     *
     * @param range as {@link org.red5.dvr.timeline.Timeline#mergeRange} makes it: by the cells of the segments' numbers
     */
    public CompletableFuture<Optional<KnownStream>> find(
            StreamKey stream, UtcRange range, QueryOptions wanted, Question question) {
        long to = Math.min(Hours.at(range.toMicros()), Hours.at(time.micros()) + 1);
        long from = Math.min(Hours.at(range.fromMicros()), to);
        return hours(stream, from, to, wanted, question)
                .thenCompose(listing -> listing.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : read(stream, listing.get(), question).thenApply(Optional::of));
    }

    private CompletableFuture<KnownStream> read(StreamKey stream, HourListing listing, Question question) {
        Optional<KnownStream> present = openIfKnown(stream, question.route()).flatMap(OpenStream::known);
        List<CompletableFuture<Optional<KnownTake>>> reads = new ArrayList<>();
        for (HourListing.Hour hour : listing.hours()) {
            Optional<KnownTake> known = present.flatMap(now -> now.takes().stream()
                    .filter(take -> isSame(take.entry(), hour))
                    .findFirst());
            reads.add(known.isPresent() ? CompletableFuture.completedFuture(known) : index(stream, hour, question));
        }
        return IndexReads.of(peer, reads)
                .thenApply(read ->
                        new KnownStream(read.unread().map(listing::without).orElse(listing), read.takes()));
    }

    /** Whether they are about the same file, which may have grown. */
    private static boolean isSame(HourListing.Hour one, HourListing.Hour other) {
        return one.hour() == other.hour()
                && one.take().equals(other.take())
                && one.node().equals(other.node());
    }

    private CompletableFuture<Optional<KnownTake>> index(StreamKey stream, HourListing.Hour hour, Question question) {
        CompletableFuture<Optional<HourIndex>> index =
                hour.closed() ? indexes.closed(stream, hour, question) : indexes.open(stream, hour, 0, question);
        return index.thenApply(read -> {
            if (read.isEmpty()) {
                closed.invalidate(stream, hour.hour());
            }
            read.ifPresent(
                    all -> memory.keepOrdinal(stream, hour.take(), all.header().ordinal()));
            return read.map(all -> new KnownTake(hour, all));
        });
    }

    /**
     * What can be had although the peer does not answer: the segments whose bytes are here.
     *
     * @param route of a question to it
     */
    public List<Offer> recall(StreamKey stream, UtcRange range, Route route) {
        List<KnownTake> takes = new ArrayList<>();
        Optional<HourListing> past =
                closed.recall(stream, Hours.at(range.fromMicros()), Hours.at(range.toMicros()), route);
        for (HourListing.Hour hour : past.map(HourListing::hours).orElse(List.of())) {
            indexes.recall(hour).ifPresent(index -> takes.add(new KnownTake(hour, index)));
        }
        Optional<KnownStream> now = openIfKnown(stream, route).flatMap(OpenStream::known);
        now.ifPresent(known -> takes.addAll(known.takes()));
        List<KnownTake> here = new ArrayList<>();
        for (KnownTake take : takes) {
            KnownTake kept = take.only(
                    segment -> memory.segments().has(new RecentSegments.Key(stream, segment.take(), segment.number())));
            if (!kept.since().isEmpty()) {
                here.add(kept);
            }
        }
        Optional<UtcRange> span =
                now.flatMap(known -> known.listing().span()).or(() -> past.flatMap(HourListing::span));
        HourListing listing = new HourListing(false, span, List.of(), List.of(), List.of(), Skipped.NONE);
        return offers(new KnownStream(listing, here), range, false);
    }

    /**
     * An answer as offers, one for each node that holds something, in the order of the peer's list. Live is the node that has
     * the newest segment: of several behind a peer, it has chosen the one that goes on.
     *
     * @param isNewest whether the answer is of now; an older one does not say what may come next
     */
    public static List<Offer> offers(KnownStream answer, UtcRange range, boolean isNewest) {
        Map<String, List<KnownTake>> byNode = new LinkedHashMap<>();
        Map<Long, Set<String>> nodesByHour = new TreeMap<>();
        for (KnownTake take : answer.takes()) {
            HourListing.Hour entry = take.entry();
            byNode.computeIfAbsent(entry.node(), key -> new ArrayList<>()).add(take);
            nodesByHour
                    .computeIfAbsent(entry.hour(), key -> new LinkedHashSet<>())
                    .add(entry.node());
        }
        String liveNode = OpenStream.newest(answer.takes())
                .map(take -> take.entry().node())
                .orElse("");
        List<Offer> offers = new ArrayList<>();
        for (String node : NodeOrder.of(nodesByHour.values())) {
            List<KnownTake> takes = byNode.getOrDefault(node, List.of());
            List<TakeEnd> ends =
                    new ArrayList<>(offers.isEmpty() ? answer.listing().ends() : List.of());
            takes.forEach(take -> ends.addAll(take.ends()));
            boolean live = isNewest && answer.listing().live() && node.equals(liveNode);
            offers.add(new Offer(
                    node,
                    new Holdings(
                            within(range, takes),
                            sorted(ends, range),
                            live,
                            answer.listing().span())));
        }
        return offers;
    }

    private static List<Segment> within(UtcRange range, List<KnownTake> takes) {
        List<Segment> segments = new ArrayList<>();
        for (KnownTake take : takes) {
            take.addWithin(range, segments);
        }
        if (takes.size() > 1) {
            segments.sort(Comparator.comparingLong(Segment::number).thenComparing(Segment::take));
        }
        return segments;
    }

    private static List<TakeEnd> sorted(List<TakeEnd> ends, UtcRange range) {
        return ends.stream()
                .filter(end -> end.utcMicros() <= range.toMicros())
                .sorted(Comparator.comparingLong(TakeEnd::utcMicros))
                .distinct()
                .toList();
    }

    /** A segment as it is reported to a server that follows the stream, with its bytes if they are wanted and here. */
    public Optional<FollowReply.New> told(StreamKey stream, Segment segment, Route route, boolean withMedia) {
        return held(stream, segment.take(), segment.number(), route).map(held -> {
            Optional<byte[]> media = memory.segments()
                    .get(new RecentSegments.Key(stream, segment.take(), segment.number()))
                    .filter(kept -> withMedia)
                    .map(RecentSegments.Kept::bytes);
            return new FollowReply.New(segment, held.node(), held.ordinal(), held.crc(), media);
        });
    }

    /** The ends of takes since an instant, in the hours that may still grow. */
    public List<TakeEnd> endsSince(StreamKey stream, Route route, long utcMicros) {
        List<TakeEnd> ends = new ArrayList<>();
        openIfKnown(stream, route).flatMap(OpenStream::known).ifPresent(now -> {
            ends.addAll(now.listing().ends());
            now.takes().forEach(take -> ends.addAll(take.ends()));
        });
        return ends.stream()
                .filter(end -> end.utcMicros() >= utcMicros)
                .distinct()
                .toList();
    }

    /** A segment that the peer is known to have, by what it said so far. */
    public Optional<FollowReply.New> held(StreamKey stream, TakeId take, long number, Route route) {
        return known(stream, grid.hourOf(number), route).stream()
                .filter(listed -> listed.entry().take().equals(take))
                .flatMap(listed -> listed.find(number).stream())
                .findFirst();
    }

    /** A segment of another take that the peer is known to have and that has the same bytes. */
    public Optional<FollowReply.New> twin(StreamKey stream, FollowReply.New held, Route route) {
        Segment wanted = held.segment();
        return known(stream, grid.hourOf(wanted.number()), route).stream()
                .filter(listed -> !listed.entry().take().equals(wanted.take()))
                .flatMap(listed -> listed.find(wanted.number()).stream())
                .filter(held::isAlike)
                .findFirst();
    }

    /** Whether the peer is known to have a segment of a number, of whichever take. */
    public boolean has(StreamKey stream, long number, Route route) {
        return known(stream, grid.hourOf(number), route).stream()
                .anyMatch(listed -> listed.find(number).isPresent());
    }

    /** The entry of a take in an hour in what the peer said so far. */
    public Optional<HourListing.Hour> listed(StreamKey stream, long hour, TakeId take, Route route) {
        List<HourListing.Hour> hours = new ArrayList<>();
        openIfKnown(stream, route)
                .flatMap(OpenStream::known)
                .ifPresent(now -> hours.addAll(now.listing().hours()));
        closed.recall(stream, hour, hour, route).ifPresent(listing -> hours.addAll(listing.hours()));
        return hours.stream()
                .filter(each -> each.hour() == hour && each.take().equals(take))
                .findFirst();
    }

    /** Notes that the peer did not have what it had said it has. */
    public void invalidate(StreamKey stream, long hour) {
        closed.invalidate(stream, hour);
    }

    private List<KnownTake> known(StreamKey stream, long hour, Route route) {
        List<KnownTake> takes = new ArrayList<>();
        openIfKnown(stream, route)
                .flatMap(OpenStream::known)
                .ifPresent(now -> now.takes().stream()
                        .filter(take -> take.entry().hour() == hour)
                        .forEach(takes::add));
        if (takes.isEmpty()) {
            for (HourListing.Hour listed : closed.recall(stream, hour, hour, route)
                    .map(HourListing::hours)
                    .orElse(List.of())) {
                indexes.recall(listed).ifPresent(index -> takes.add(new KnownTake(listed, index)));
            }
        }
        return takes;
    }

    /** Completed when something new of a stream was heard. */
    public CompletableFuture<Void> nextChange(StreamKey stream, Route route) {
        return open(stream, route).nextChange();
    }

    /** Gives up what is under way with a peer that is down. */
    public void stopFollowing() {
        open.all().forEach(OpenStream::stopFollowing);
    }

    /** How many streams are kept that were asked for. */
    public int openStreams() {
        return open.all().size();
    }

    private Optional<OpenStream> openIfKnown(StreamKey stream, Route route) {
        return open.find(stream, peer.skips(route, scope));
    }

    private OpenStream open(StreamKey stream, Route route) {
        return open.of(stream, peer.skips(route, scope));
    }
}
