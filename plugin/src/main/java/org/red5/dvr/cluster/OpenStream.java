package org.red5.dvr.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/**
 * What one peer has of one stream in the hours that may still grow. It is asked for once, and after that only what is new; while
 * somebody watches the live end the peer is followed, one request for each segment, which comes with its bytes. Any
 * thread may call; nothing blocks.
 */
final class OpenStream {
    /** So long a follow request waits for something new. */
    private static final Duration FOLLOW_PATIENCE = Duration.ofSeconds(10);
    /** So long after somebody asked for the live end it is followed, or three cells if they are longer. */
    private static final long WATCHED_NANOS = 15_000_000_000L;
    /** Questions that come this shortly after each other share an answer. */
    private static final long SHARED_NANOS = 1_000_000_000L;

    private final Peer peer;
    private final StreamKey stream;
    private final Scope scope;
    private final Holder remote;
    private final IndexFetcher indexes;
    private final PeerMemory memory;
    private final SegmentGrid grid;
    private final ClusterTime time;

    /** By hour, take and node, in the order of the peer's list. Guarded by this, as all that follows. */
    private Map<Key, Listed> takes = new LinkedHashMap<>();

    /** What was listed before somebody behind the peer did not answer any more. */
    private final Map<Key, Listed> lost = new LinkedHashMap<>();

    private List<TakeEnd> ends = new ArrayList<>();
    private List<Unanswered> unanswered = List.of();
    private Set<String> spared = Set.of();
    /** Of the question that was answered last. */
    private int heardHops;
    /** Whether something of what the peer lists could not be read. */
    private boolean partial;

    private Optional<UtcRange> span = Optional.empty();
    private boolean known;
    private boolean live;
    private boolean heard;
    private long heardNanos;
    /** By the peer's clock. */
    private long heardMicros;

    private Optional<Map<String, Long>> heardStamp = Optional.empty();
    private @Nullable CompletableFuture<Void> refreshing;
    private @Nullable CompletableFuture<?> following;
    private boolean watched;
    private long watchedNanos;
    private long lastNumber;
    private CompletableFuture<Void> change = new CompletableFuture<>();

    private record Key(long hour, TakeId take, String node) {}

    /** One take in one hour as far as it is known. */
    record Listed(HourListing.Hour entry, TakeRecords index) {}

    /**
     * What is known.
     *
     * @param takes in the order of the peer's list
     */
    record Known(
            boolean live,
            Optional<UtcRange> span,
            List<Listed> takes,
            List<TakeEnd> ends,
            List<Unanswered> unanswered,
            Set<String> spared) {}

    OpenStream(
            Peer peer,
            StreamKey stream,
            Scope scope,
            Holder remote,
            IndexFetcher indexes,
            PeerMemory memory,
            SegmentGrid grid,
            ClusterTime time) {
        this.peer = peer;
        this.stream = stream;
        this.scope = scope;
        this.remote = remote;
        this.indexes = indexes;
        this.memory = memory;
        this.grid = grid;
        this.time = time;
    }

    /** What is known now; empty when the peer does not know the stream. */
    synchronized Optional<Known> known() {
        return known
                ? Optional.of(new Known(
                        following != null ? live : peer.isLive(stream, scope),
                        span,
                        withWhatIsHere(),
                        List.copyOf(ends),
                        unanswered,
                        spared))
                : Optional.empty();
    }

    /** The takes, and of those that are lost the segments whose bytes are here. */
    private List<Listed> withWhatIsHere() {
        List<Listed> all = new ArrayList<>(takes.values());
        for (Listed take : lost.values()) {
            TakeRecords here = take.index().only(segment -> memory.segments().has(key(segment)));
            if (!here.segments().isEmpty()) {
                all.add(new Listed(take.entry(), here));
            }
        }
        return all;
    }

    private RecentSegments.Key key(Segment segment) {
        return new RecentSegments.Key(stream, segment.take(), segment.number());
    }

    /** Whether anybody knows the stream: a peer behind which somebody does not answer cannot say that nobody does. */
    synchronized boolean isThere() {
        return known && (live || span.isPresent() || !takes.isEmpty() || (unanswered.isEmpty() && spared.isEmpty()));
    }

    /** Whether the peer is asked now, or followed for somebody who watches. */
    synchronized boolean isInUse() {
        return refreshing != null || (following != null && !following.isDone()) || isWatched();
    }

    /** Completed when something new was heard. */
    synchronized CompletableFuture<Void> nextChange() {
        return change;
    }

    /** What is known, as new as it is wanted; empty when the peer does not know the stream. */
    CompletableFuture<Optional<Known>> known(Freshness wanted, Question question) {
        CompletableFuture<Void> refreshed;
        boolean isMine = false;
        synchronized (this) {
            if (wanted.follow()) {
                watched = true;
                watchedNanos = time.nanos();
            }
            if (isFresh(wanted, question.route())) {
                refreshed = CompletableFuture.completedFuture(null);
            } else if (refreshing != null) {
                refreshed = refreshing;
            } else {
                refreshed = new CompletableFuture<>();
                refreshing = refreshed;
                isMine = true;
            }
        }
        if (isMine) {
            refresh(refreshed, question);
        } else if (!refreshed.isDone()) {
            return refreshed.thenCompose(done -> isFor(question) ? told(wanted, question) : known(wanted, question));
        }
        return refreshed.thenCompose(done -> told(wanted, question));
    }

    /** Whether what was heard on another's question is all there is for this one. */
    private synchronized boolean isFor(Question question) {
        return question.route().knowsAll(spared, heardHops);
    }

    private CompletableFuture<Optional<Known>> told(Freshness wanted, Question question) {
        if (wanted.follow()) {
            follow(question.route());
        }
        return CompletableFuture.completedFuture(known());
    }

    private boolean isFresh(Freshness wanted, Route route) {
        if (following != null && following.isDone()) {
            following = null;
        }
        boolean mayHaveChanged = !peer.stamp(scope).equals(heardStamp);
        if (!heard || mayHaveChanged || !route.knowsAll(spared, heardHops)) {
            return false;
        }
        if (partial) {
            return time.nanos() - heardNanos < SHARED_NANOS;
        }
        if (following != null || time.nanos() - heardNanos < SHARED_NANOS) {
            return true;
        }
        boolean isSettled = known && wanted.untilMicros() <= heardMicros - 3 * grid.periodMicros();
        return isSettled || (known && !wanted.newest());
    }

    private void refresh(CompletableFuture<Void> mine, Question question) {
        long askedNanos = time.nanos();
        long askedMicros = time.micros();
        long peerMicros = askedMicros + peer.aheadMicros();
        Optional<Map<String, Long>> stamp = peer.stamp(scope);
        remote.hours(stream, Hours.lastSettled(askedMicros) + 1, Hours.at(askedMicros) + 1, question)
                .thenCompose(listing -> read(listing, question))
                .whenComplete((heardNow, failure) -> {
                    synchronized (this) {
                        refreshing = null;
                        if (failure == null) {
                            replace(heardNow, askedNanos, peerMicros);
                            heardHops = question.route().hops();
                            heardStamp = stamp;
                        }
                    }
                    if (failure == null) {
                        mine.complete(null);
                        changed();
                    } else {
                        mine.completeExceptionally(failure);
                    }
                });
    }

    /**
     * A list and the takes in it, of those that are not closed what was not known before.
     *
     * @param unread says that some of the takes could not be read
     */
    private record Heard(Optional<HourListing> listing, List<Listed> takes, Optional<Unanswered> unread) {}

    private CompletableFuture<Heard> read(Optional<HourListing> listing, Question question) {
        List<CompletableFuture<Optional<Listed>>> reads = new ArrayList<>();
        for (HourListing.Hour hour : listing.map(HourListing::hours).orElse(List.of())) {
            reads.add(hour.closed() ? closed(hour, question) : open(hour, question));
        }
        return IndexReads.of(peer, reads).thenApply(read -> new Heard(listing, read.takes(), read.unread()));
    }

    private CompletableFuture<Optional<Listed>> closed(HourListing.Hour hour, Question question) {
        return indexes.closed(stream, hour, question).thenApply(index -> index.map(all -> new Listed(hour, all)));
    }

    private CompletableFuture<Optional<Listed>> open(HourListing.Hour hour, Question question) {
        Listed before;
        synchronized (this) {
            before = takes.get(key(hour));
        }
        if (before != null && hour.segments() < before.index().records()) {
            before = null;
        }
        Listed known = before;
        int position = known == null ? 0 : known.index().records();
        if (known != null && hour.segments() == position) {
            return CompletableFuture.completedFuture(Optional.of(new Listed(hour, known.index())));
        }
        return indexes.open(stream, hour, position, question)
                .thenApply(more -> more.map(part ->
                        new Listed(hour, known == null ? part : known.index().and(part))));
    }

    private static Key key(HourListing.Hour hour) {
        return new Key(hour.hour(), hour.take(), hour.node());
    }

    private synchronized void replace(Heard now, long askedNanos, long peerMicros) {
        heard = true;
        heardNanos = askedNanos;
        heardMicros = peerMicros;
        known = now.listing().isPresent();
        List<Unanswered> silent =
                new ArrayList<>(now.listing().map(HourListing::unanswered).orElse(List.of()));
        now.unread().ifPresent(one -> SourceHoldings.add(silent, one));
        unanswered = List.copyOf(silent);
        partial = now.unread().isPresent();
        spared = now.listing().map(HourListing::spared).orElse(Set.of());
        lost.putAll(takes);
        takes = new LinkedHashMap<>();
        for (Listed take : now.takes()) {
            takes.put(key(take.entry()), take);
            memory.keepOrdinal(stream, take.entry().take(), take.index().ordinal());
        }
        lost.keySet().removeAll(takes.keySet());
        forgetSettled();
        if (unanswered.isEmpty()) {
            lost.clear();
        }
        ends = new ArrayList<>(now.listing().map(HourListing::ends).orElse(List.of()));
        Optional<UtcRange> before = unanswered.isEmpty() ? Optional.empty() : span;
        span = now.listing().flatMap(HourListing::span).or(() -> before);
        live = now.listing().map(HourListing::live).orElse(false);
        lastNumber = now.takes().stream()
                .mapToLong(take -> take.index().lastNumber())
                .filter(number -> number >= 0)
                .max()
                .orElseGet(
                        () -> span.map(all -> grid.numberAt(all.toMicros() - 1)).orElse(grid.numberAt(peerMicros) - 1));
    }

    private void changed() {
        CompletableFuture<Void> before;
        synchronized (this) {
            before = change;
            change = new CompletableFuture<>();
        }
        before.complete(null);
    }

    private void follow(Route route) {
        FollowRequest request;
        CompletableFuture<Optional<FollowReply>> sent;
        synchronized (this) {
            if (!known || (following != null && !following.isDone()) || !isWatched() || !peer.mayBeAsked(stream)) {
                return;
            }
            request = new FollowRequest(stream, lastNumber, live, true);
            // Marks that a request is under way, until it is.
            CompletableFuture<Void> mark = new CompletableFuture<>();
            following = mark;
        }
        sent = remote.follow(request, new Question(route, FOLLOW_PATIENCE));
        synchronized (this) {
            following = sent;
        }
        long sentNanos = time.nanos();
        sent.whenComplete((reply, failure) -> {
            boolean isWrong =
                    failure == null && reply.map(OpenStream::hasWrongBytes).orElse(false);
            boolean isNew = failure == null && !isWrong && heard(reply);
            boolean goesOn = failure == null && !isWrong && reply.isPresent();
            synchronized (this) {
                following = null;
            }
            // Before anybody is told: what he asks then must find that the peer is followed.
            if (goesOn && !isNew && time.nanos() - sentNanos < SHARED_NANOS) {
                time.timer().after(Duration.ofNanos(SHARED_NANOS), () -> follow(route));
            } else if (goesOn) {
                follow(route);
            }
            if (isWrong) {
                peer.failed(stream, "wrong bytes of a segment", sentNanos);
            }
            if (isNew || isWrong) {
                changed();
            }
        });
    }

    /** Then nobody is told of the segment, as he could not get it. */
    private static boolean hasWrongBytes(FollowReply reply) {
        return reply.segments().stream()
                .anyMatch(one ->
                        one.media().filter(bytes -> Crc.of(bytes) != one.crc()).isPresent());
    }

    private boolean isWatched() {
        long watchNanos = Math.max(WATCHED_NANOS, 3 * grid.periodMicros() * 1_000);
        return watched && time.nanos() - watchedNanos < watchNanos;
    }

    /** Gives a follow request up, for example because the peer is down. */
    void stopFollowing() {
        CompletableFuture<?> under;
        synchronized (this) {
            under = following;
        }
        if (under != null) {
            under.cancel(false);
        }
    }

    /** Whether it is something new. */
    private synchronized boolean heard(Optional<FollowReply> reply) {
        heardNanos = time.nanos();
        heardMicros = time.micros() + peer.aheadMicros();
        known = reply.isPresent();
        if (reply.isEmpty()) {
            // Of this question: another may find more.
            heard = false;
            return true;
        }
        boolean isNew = !reply.get().segments().isEmpty() || live != reply.get().live();
        live = reply.get().live();
        reply.get().segments().forEach(this::add);
        for (TakeEnd end : reply.get().ends()) {
            if (!ends.contains(end)) {
                ends.add(end);
                isNew = true;
            }
        }
        forgetSettled();
        return isNew;
    }

    private void forgetSettled() {
        long settled = Hours.lastSettled(time.micros());
        takes.keySet().removeIf(take -> take.hour() <= settled);
        lost.keySet().removeIf(take -> take.hour() <= settled);
    }

    private void add(FollowReply.New one) {
        Segment segment = one.segment();
        lastNumber = Math.max(lastNumber, segment.number());
        Key key = new Key(Hours.of(segment.number(), grid), segment.take(), one.node());
        Listed before = takes.get(key);
        if (before != null && before.index().lastNumber() >= segment.number()) {
            return;
        }
        TakeRecords index = new TakeRecords(one.ordinal(), 1, List.of(segment), new int[] {one.crc()}, List.of());
        TakeRecords joined = before == null ? index : before.index().and(index);
        memory.keepOrdinal(stream, segment.take(), one.ordinal());
        takes.put(
                key,
                new Listed(
                        new HourListing.Hour(
                                key.hour(), key.take(), key.node(), joined.records(), false, Optional.empty()),
                        joined));
        span = Optional.of(new UtcRange(
                span.map(UtcRange::fromMicros).orElse(segment.startUtcMicros()),
                Math.max(span.map(UtcRange::toMicros).orElse(0L), segment.endUtcMicros())));
        one.media()
                .ifPresent(bytes -> memory.segments()
                        .put(
                                new RecentSegments.Key(stream, segment.take(), segment.number()),
                                new RecentSegments.Kept(bytes, segment.videoBytes(), one.node(), one.crc())));
    }

    /** The newest of the known segments, for who wants to know which node goes on. */
    static Optional<Listed> newest(List<Listed> takes) {
        return takes.stream()
                .filter(take -> !take.index().segments().isEmpty())
                .max(Comparator.comparingLong(take -> take.index().lastNumber()));
    }
}
