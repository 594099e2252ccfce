package org.red5.dvr.cluster.known;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.Remembered;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.SingleFlight;

/**
 * What one peer lists of hours that get no more segments, asked with one scope. A list is kept until a heartbeat says that closed
 * hours changed at a node it may be of, or it is found untrue; one that is incomplete for a second. So whoever has
 * asked once asks nothing again. Any thread may call; nothing blocks.
 */
final class ClosedHours {
    private static final Duration IDLE = Duration.ofHours(1);
    /** Of an entry of a map, and of an hour, an end or a name in it, about. */
    private static final int ENTRY_BYTES = 300;

    private static final int ITEM_BYTES = 200;
    private static final long INCOMPLETE_NANOS = 1_000_000_000L;

    private final Peer peer;
    private final Scope scope;
    private final PeerApi remote;
    private final Timing time;
    private final Remembered<Key, Listed> lists;
    /** The span of each stream as heard last. */
    private final Remembered<StreamKey, UtcRange> spans;

    private final SingleFlight<Request, Optional<HourListing>> flights = new SingleFlight<>();

    /** @param skips nodes that the peer does not ask; another answer may come with others */
    private record Key(StreamKey stream, long hour, Set<String> skips) {}

    private record Request(StreamKey stream, long fromHour, long toHour, Set<String> skips, int hops) {}

    /**
     * @param known whether the peer knows the stream at all
     * @param hops of the question that it answered
     * @param stamp what the peer had changed when it was asked
     * @param untilNanos for how long it is kept, if that is bounded
     */
    private record Listed(
            boolean known,
            List<HourListing.Hour> hours,
            List<TakeEnd> ends,
            List<Unanswered> unanswered,
            Skipped skipped,
            int hops,
            Map<String, NodeChanges> stamp,
            @Nullable Long untilNanos) {}

    /** @param mostBytes of what is kept */
    ClosedHours(Peer peer, Scope scope, PeerApi remote, long mostBytes, Timing time) {
        this.peer = peer;
        this.scope = scope;
        this.remote = remote;
        this.time = time;
        this.lists = new Remembered<>(mostBytes * 7 / 8, IDLE, time.nanoTime(), ClosedHours::bytes);
        this.spans =
                new Remembered<>(mostBytes / 8, IDLE, time.nanoTime(), (stream, span) -> ENTRY_BYTES + bytes(stream));
    }

    private static long bytes(Key key, Listed listed) {
        int items = listed.hours().size()
                + listed.ends().size()
                + listed.unanswered().size()
                + listed.skipped().nodes().size()
                + key.skips().size();
        return ENTRY_BYTES + bytes(key.stream()) + (long) ITEM_BYTES * items;
    }

    private static long bytes(StreamKey stream) {
        return 2L * (stream.app().length() + stream.name().length());
    }

    /** The hours from one to another, both included; empty when the peer does not know the stream. */
    CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour, Question question) {
        Set<String> skips = peer.skips(question.route(), scope);
        long missingFrom = Long.MAX_VALUE;
        long missingTo = Long.MIN_VALUE;
        for (long hour = fromHour; hour <= toHour; hour++) {
            if (kept(new Key(stream, hour, skips), question.route()).isEmpty()) {
                missingFrom = Math.min(missingFrom, hour);
                missingTo = hour;
            }
        }
        if (missingTo < missingFrom) {
            return CompletableFuture.completedFuture(recall(stream, fromHour, toHour, skips));
        }
        long askedFrom = missingFrom;
        long askedTo = missingTo;
        return ask(
                        new Request(
                                stream,
                                askedFrom,
                                askedTo,
                                skips,
                                scope == Scope.OWN ? 0 : question.route().hops()),
                        question)
                .thenApply(reply -> reply.map(listing -> whole(stream, fromHour, askedFrom - 1, skips)
                        .and(listing)
                        .and(whole(stream, askedTo + 1, toHour, skips))
                        .listing()));
    }

    /** What is kept of a range of hours, whether it still holds or not. */
    Optional<HourListing> recall(StreamKey stream, long fromHour, long toHour, Route route) {
        return recall(stream, fromHour, toHour, peer.skips(route, scope));
    }

    private Optional<HourListing> recall(StreamKey stream, long fromHour, long toHour, Set<String> skips) {
        Collected all = whole(stream, fromHour, toHour, skips);
        return all.known ? Optional.of(all.listing()) : Optional.empty();
    }

    /** Forgets the lists of an hour: something in one of them is untrue. */
    void invalidate(StreamKey stream, long hour) {
        lists.forget(key -> key.hour() == hour && key.stream().equals(stream));
    }

    private Optional<Listed> kept(Key key, Route route) {
        Listed listed = lists.get(key);
        if (listed == null
                || !route.isServedBy(listed.skipped(), listed.hops())
                || !peer.stamp(scope).map(listed.stamp()::equals).orElse(false)
                || (listed.untilNanos() != null && listed.untilNanos() - time.nanos() < 0)) {
            return Optional.empty();
        }
        return Optional.of(listed);
    }

    private CompletableFuture<Optional<HourListing>> ask(Request request, Question question) {
        return flights.of(
                request,
                () -> {
                    Optional<Map<String, NodeChanges>> stamp = peer.stamp(scope);
                    return remote.to(question)
                            .hours(request.stream(), request.fromHour(), request.toHour())
                            .thenApply(listing -> {
                                stamp.ifPresent(at -> keep(request, listing, at));
                                return listing;
                            });
                },
                anothers -> anothers.thenCompose(reply -> isFor(question, reply) ? anothers : ask(request, question)));
    }

    /** Whether what was said to another's question is all there is for this one. */
    private static boolean isFor(Question question, Optional<HourListing> reply) {
        return question.route()
                .isServedBy(
                        reply.map(HourListing::skipped).orElse(Skipped.NONE),
                        question.route().hops());
    }

    private void keep(Request request, Optional<HourListing> reply, Map<String, NodeChanges> stamp) {
        Long soon = time.nanos() + INCOMPLETE_NANOS;
        if (reply.isEmpty()) {
            Listed unknown =
                    new Listed(false, List.of(), List.of(), List.of(), Skipped.NONE, request.hops(), stamp, soon);
            for (long hour = request.fromHour(); hour <= request.toHour(); hour++) {
                lists.put(new Key(request.stream(), hour, request.skips()), unknown);
            }
            return;
        }
        HourListing listing = reply.get();
        listing.span().ifPresent(span -> spans.put(request.stream(), span));
        Map<Long, List<HourListing.Hour>> byHour = new HashMap<>();
        listing.hours()
                .forEach(hour -> byHour.computeIfAbsent(hour.hour(), key -> new ArrayList<>())
                        .add(hour));
        for (long hour = request.fromHour(); hour <= request.toHour(); hour++) {
            List<HourListing.Hour> hours = byHour.getOrDefault(hour, List.of());
            boolean isWhole = listing.isKnown()
                    && listing.unanswered().isEmpty()
                    && hours.stream().allMatch(HourListing.Hour::closed);
            lists.put(
                    new Key(request.stream(), hour, request.skips()),
                    new Listed(
                            true,
                            hours,
                            endsOf(listing, hour, request.fromHour()),
                            listing.unanswered(),
                            listing.skipped(),
                            request.hops(),
                            stamp,
                            isWhole ? null : soon));
        }
    }

    /** The ends in an hour; those before the first hour are kept with it. */
    private static List<TakeEnd> endsOf(HourListing listing, long hour, long firstHour) {
        return listing.ends().stream()
                .filter(end -> Math.max(Hours.at(end.utcMicros()), firstHour) == hour)
                .toList();
    }

    private Collected whole(StreamKey stream, long fromHour, long toHour, Set<String> skips) {
        Collected all = new Collected(stream);
        for (long hour = fromHour; hour <= toHour; hour++) {
            Listed listed = lists.get(new Key(stream, hour, skips));
            if (listed != null) {
                all.known |= listed.known();
                all.hours.addAll(listed.hours());
                all.ends.addAll(listed.ends());
                listed.unanswered().stream()
                        .filter(one -> !all.unanswered.contains(one))
                        .forEach(all.unanswered::add);
                all.skipped = all.skipped.and(listed.skipped());
            }
        }
        return all;
    }

    /** Lists of several hours on their way to becoming one. */
    private final class Collected {
        private final StreamKey stream;
        private boolean known;
        private final List<HourListing.Hour> hours = new ArrayList<>();
        private final List<TakeEnd> ends = new ArrayList<>();
        private final List<Unanswered> unanswered = new ArrayList<>();
        private Skipped skipped = Skipped.NONE;

        Collected(StreamKey stream) {
            this.stream = stream;
        }

        Collected and(HourListing more) {
            known = true;
            hours.addAll(more.hours());
            ends.addAll(more.ends());
            unanswered.addAll(more.unanswered());
            skipped = skipped.and(more.skipped());
            return this;
        }

        Collected and(Collected more) {
            return and(more.listing());
        }

        HourListing listing() {
            return new HourListing(
                    peer.isLive(stream, scope),
                    Optional.ofNullable(spans.get(stream)),
                    hours,
                    ends,
                    unanswered,
                    skipped);
        }
    }
}
