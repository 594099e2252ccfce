package org.red5.dvr.cluster.known;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.Crc32c;

/**
 * What one peer has of one stream in the hours that may still grow. It is asked for once, and after that only what is new; while
 * somebody watches the live end the peer is followed, one request for each segment, which comes with its bytes. Any
 * thread may call; nothing blocks.
 */
final class OpenStream {
    /** So long a follow request waits for something new. */
    private static final Duration FOLLOW_TIMEOUT = Duration.ofSeconds(10);
    /** So long after somebody asked for the live end it is followed, or three cells if they are longer. */
    private static final long WATCHED_NANOS = 15_000_000_000L;
    /** Questions that come this shortly after each other share an answer. */
    private static final long SHARED_NANOS = 1_000_000_000L;

    private final Peer peer;
    private final StreamKey stream;
    private final Scope scope;
    private final PeerApi remote;
    private final IndexFetcher indexes;
    private final SegmentGrid grid;
    private final Timing time;

    @GuardedBy("this")
    private final OpenTakes takes;
    /** Of the question that was answered last. */
    @GuardedBy("this")
    private int heardHops;

    @GuardedBy("this")
    private boolean heard;

    @GuardedBy("this")
    private long lastSeenNanos;
    /** By the peer's clock. */
    @GuardedBy("this")
    private long heardMicros;

    @GuardedBy("this")
    private Optional<Map<String, NodeChanges>> heardStamp = Optional.empty();

    @GuardedBy("this")
    private @Nullable CompletableFuture<Void> refreshing;

    @GuardedBy("this")
    private @Nullable CompletableFuture<?> following;

    @GuardedBy("this")
    private boolean watched;

    @GuardedBy("this")
    private long watchedNanos;

    @GuardedBy("this")
    private CompletableFuture<Void> change = new CompletableFuture<>();

    OpenStream(
            Peer peer,
            StreamKey stream,
            Scope scope,
            PeerApi remote,
            IndexFetcher indexes,
            PeerMemory memory,
            SegmentGrid grid,
            Timing time) {
        this.peer = peer;
        this.stream = stream;
        this.scope = scope;
        this.remote = remote;
        this.indexes = indexes;
        this.grid = grid;
        this.time = time;
        this.takes = new OpenTakes(stream, memory, grid);
    }

    /** What is known now; empty when the peer does not know the stream. */
    synchronized Optional<KnownStream> known() {
        return takes.all(following != null ? takes.isLive() : peer.isLive(stream, scope));
    }

    /** Whether a server knows the stream: a peer behind which one does not answer cannot say that none does. */
    synchronized boolean isThere() {
        return takes.all(takes.isLive())
                .filter(known -> known.listing().isKnown())
                .isPresent();
    }

    /** About how many bytes of the heap it takes. */
    synchronized long bytes() {
        return takes.bytes();
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
    CompletableFuture<Optional<KnownStream>> known(QueryOptions wanted, Question question) {
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
        return question.route().isServedBy(takes.skipped(), heardHops);
    }

    private CompletableFuture<Optional<KnownStream>> told(QueryOptions wanted, Question question) {
        if (wanted.follow()) {
            follow(question.route());
        }
        return CompletableFuture.completedFuture(known());
    }

    @GuardedBy("this")
    private boolean isFresh(QueryOptions wanted, Route route) {
        if (following != null && following.isDone()) {
            following = null;
        }
        boolean mayHaveChanged = !peer.stamp(scope).equals(heardStamp);
        if (!heard || mayHaveChanged || !route.isServedBy(takes.skipped(), heardHops)) {
            return false;
        }
        if (takes.isPartial()) {
            return time.nanos() - lastSeenNanos < SHARED_NANOS;
        }
        if (following != null || time.nanos() - lastSeenNanos < SHARED_NANOS) {
            return true;
        }
        boolean isSettled = wanted.untilMicros() <= heardMicros - 3 * grid.periodMicros();
        return takes.isKnown() && (isSettled || !wanted.newest());
    }

    private void refresh(CompletableFuture<Void> mine, Question question) {
        long askedNanos = time.nanos();
        long askedMicros = time.micros();
        long peerMicros = askedMicros + peer.aheadMicros();
        Optional<Map<String, NodeChanges>> stamp = peer.stamp(scope);
        remote.to(question)
                .hours(stream, Hours.lastSettled(askedMicros) + 1, Hours.at(askedMicros) + 1)
                .thenCompose(listing -> read(listing, question))
                .whenComplete((heardNow, failure) -> {
                    synchronized (this) {
                        refreshing = null;
                        if (failure == null) {
                            heard = true;
                            lastSeenNanos = askedNanos;
                            heardMicros = peerMicros;
                            takes.replace(heardNow.listing(), heardNow.read(), peerMicros, settled());
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

    /** A list and the takes in it, of those that are not closed what was not known before. */
    private record Heard(Optional<HourListing> listing, IndexReads read) {}

    private CompletableFuture<Heard> read(Optional<HourListing> listing, Question question) {
        List<CompletableFuture<Optional<KnownTake>>> reads = new ArrayList<>();
        for (HourListing.Hour hour : listing.map(HourListing::hours).orElse(List.of())) {
            reads.add(hour.closed() ? closed(hour, question) : open(hour, question));
        }
        return IndexReads.of(peer, reads).thenApply(read -> new Heard(listing, read));
    }

    private CompletableFuture<Optional<KnownTake>> closed(HourListing.Hour hour, Question question) {
        return indexes.closed(stream, hour, question).thenApply(index -> index.map(all -> new KnownTake(hour, all)));
    }

    private CompletableFuture<Optional<KnownTake>> open(HourListing.Hour hour, Question question) {
        Optional<KnownTake> before;
        synchronized (this) {
            before = takes.of(hour);
        }
        if (before.isPresent() && hour.segments() == before.get().records()) {
            return CompletableFuture.completedFuture(before.map(known -> known.in(hour)));
        }
        Optional<HourIndex> fetched = before.flatMap(KnownTake::index);
        return indexes.open(stream, hour, fetched.map(HourIndex::count).orElse(0), question)
                .thenCompose(more -> {
                    Optional<HourIndex> whole = more.flatMap(
                            part -> fetched.isEmpty() ? more : fetched.get().and(part));
                    // One that was made anew meanwhile is read from its beginning.
                    return more.isPresent() && whole.isEmpty()
                            ? indexes.open(stream, hour, 0, question)
                            : CompletableFuture.completedFuture(whole);
                })
                .thenApply(index -> index.map(all -> new KnownTake(hour, all)));
    }

    private long settled() {
        return Hours.lastSettled(time.micros());
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
            if (!takes.isKnown()
                    || (following != null && !following.isDone())
                    || !isWatched()
                    || !peer.mayBeAsked(stream)) {
                return;
            }
            request = new FollowRequest(stream, takes.lastNumber(), takes.isLive(), true);
            // Marks that a request is under way, until it is.
            CompletableFuture<Void> mark = new CompletableFuture<>();
            following = mark;
        }
        sent = remote.to(new Question(route, FOLLOW_TIMEOUT)).follow(request, FOLLOW_TIMEOUT);
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
            // Before others are told: what they ask then must find that the peer is followed.
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

    /** Then the segment is not reported, as it could not be had. */
    private static boolean hasWrongBytes(FollowReply reply) {
        return reply.segments().stream()
                .anyMatch(one -> one.media()
                        .filter(bytes -> Crc32c.of(bytes) != one.crc())
                        .isPresent());
    }

    @GuardedBy("this")
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
        lastSeenNanos = time.nanos();
        heardMicros = time.micros() + peer.aheadMicros();
        if (reply.isEmpty()) {
            // Of this question: another may find more.
            heard = false;
            takes.forget();
            return true;
        }
        return takes.add(reply.get(), settled());
    }

    /** The newest of the known segments, which says what node goes on. */
    static Optional<KnownTake> newest(List<KnownTake> takes) {
        return takes.stream()
                .filter(take -> take.lastNumber() >= 0)
                .max(Comparator.comparingLong(KnownTake::lastNumber));
    }
}
