package org.red5.dvr.cluster.known;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
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
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Remembered;
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
    private final Remembered<Key, Kept> lists;
    /** The span of each stream as heard last. */
    private final Remembered<StreamKey, UtcRange> spans;

    private final SingleFlight<Request, Optional<HourListing>> flights = new SingleFlight<>();

    /** @param skips nodes that the peer does not ask; another answer may come with others */
    private record Key(StreamKey stream, long hour, Set<String> skips) {}

    private record Request(StreamKey stream, long fromHour, long toHour, Set<String> skips, int hops) {}

    /**
     * @param told of the hour; empty when the peer does not know the stream
     * @param hops of the question that it answered
     * @param stamp what the peer had changed when it was asked
     * @param untilNanos for how long it is kept, if that is bounded
     */
    private record Kept(
            Optional<HourListing> told,
            int hops,
            Map<String, NodeChanges> stamp,
            @Nullable Long untilNanos) {
        Skipped skipped() {
            return told.map(HourListing::skipped).orElse(Skipped.NONE);
        }
    }

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

    private static long bytes(Key key, Kept kept) {
        int items = key.skips().size()
                + kept.skipped().nodes().size()
                + kept.told()
                        .map(told -> told.hours().size()
                                + told.ends().size()
                                + told.unanswered().size())
                        .orElse(0);
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
            if (!holds(new Key(stream, hour, skips), question.route())) {
                missingFrom = Math.min(missingFrom, hour);
                missingTo = hour;
            }
        }
        if (missingTo < missingFrom) {
            return CompletableFuture.completedFuture(joined(stream, kept(stream, fromHour, toHour, skips)));
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
                .thenApply(reply -> reply.flatMap(listing -> {
                    List<HourListing> all = kept(stream, fromHour, askedFrom - 1, skips);
                    all.add(listing);
                    all.addAll(kept(stream, askedTo + 1, toHour, skips));
                    return joined(stream, all);
                }));
    }

    /** What is kept of a range of hours, whether it still holds or not. */
    Optional<HourListing> recall(StreamKey stream, long fromHour, long toHour, Route route) {
        return joined(stream, kept(stream, fromHour, toHour, peer.skips(route, scope)));
    }

    private List<HourListing> kept(StreamKey stream, long fromHour, long toHour, Set<String> skips) {
        List<HourListing> kept = new ArrayList<>();
        for (long hour = fromHour; hour <= toHour; hour++) {
            Optional.ofNullable(lists.get(new Key(stream, hour, skips)))
                    .flatMap(Kept::told)
                    .ifPresent(kept::add);
        }
        return kept;
    }

    /** One list of several, with what is known of the stream now; empty when there is none. */
    private Optional<HourListing> joined(StreamKey stream, List<HourListing> lists) {
        return lists.isEmpty()
                ? Optional.empty()
                : Optional.of(HourListing.joined(lists)
                        .with(peer.isLive(stream, scope), Optional.ofNullable(spans.get(stream))));
    }

    /** Forgets the lists of an hour: something in one of them is untrue. */
    void invalidate(StreamKey stream, long hour) {
        lists.forget(key -> key.hour() == hour && key.stream().equals(stream));
    }

    /** Whether what is kept of an hour still holds, for a question that came one way. */
    private boolean holds(Key key, Route route) {
        Kept kept = lists.get(key);
        return kept != null
                && route.isServedBy(kept.skipped(), kept.hops())
                && peer.stamp(scope).map(kept.stamp()::equals).orElse(false)
                && (kept.untilNanos() == null || kept.untilNanos() - time.nanos() >= 0);
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
        reply.flatMap(HourListing::span).ifPresent(span -> spans.put(request.stream(), span));
        Map<Long, List<HourListing.Hour>> byHour = reply.map(HourListing::hours).orElse(List.of()).stream()
                .collect(Collectors.groupingBy(HourListing.Hour::hour));
        for (long hour = request.fromHour(); hour <= request.toHour(); hour++) {
            List<HourListing.Hour> hours = byHour.getOrDefault(hour, List.of());
            boolean isWhole = reply.filter(listing ->
                                    listing.isKnown() && listing.unanswered().isEmpty())
                            .isPresent()
                    && hours.stream().allMatch(HourListing.Hour::closed);
            long of = hour;
            lists.put(
                    new Key(request.stream(), hour, request.skips()),
                    new Kept(
                            reply.map(listing -> ofHour(listing, of, hours, request.fromHour())),
                            request.hops(),
                            stamp,
                            isWhole ? null : time.nanos() + INCOMPLETE_NANOS));
        }
    }

    /** The part of a list that is about one hour; the ends before the first hour are kept with that. */
    private static HourListing ofHour(HourListing listing, long hour, List<HourListing.Hour> hours, long firstHour) {
        List<TakeEnd> ends = listing.ends().stream()
                .filter(end -> Math.max(Hours.at(end.utcMicros()), firstHour) == hour)
                .toList();
        return new HourListing(false, Optional.empty(), hours, ends, listing.unanswered(), listing.skipped());
    }
}
