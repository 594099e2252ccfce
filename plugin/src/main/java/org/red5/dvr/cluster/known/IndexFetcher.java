package org.red5.dvr.cluster.known;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.SingleFlight;

/** Gets the indexes of one peer's hours, those of closed hours once: they are known by their digest, whoever has them. */
public final class IndexFetcher {
    private final Scope scope;
    private final PeerApi remote;
    private final PeerMemory memory;
    private final SingleFlight<Request, Optional<HourIndex>> flights = new SingleFlight<>();

    /** @param way of one that the peer may ask on: what that does not find another may */
    private record Request(TakeId take, String digest, Optional<Route> way) {}

    IndexFetcher(Scope scope, PeerApi remote, PeerMemory memory) {
        this.scope = scope;
        this.remote = remote;
        this.memory = memory;
    }

    /** The index of a closed hour; empty when the peer does not have it any more. */
    public CompletableFuture<Optional<HourIndex>> closed(StreamKey stream, HourListing.Hour hour, Question question) {
        Optional<HourIndex> known = recall(hour);
        if (known.isPresent()) {
            return CompletableFuture.completedFuture(known);
        }
        String digest = hour.digest().orElseThrow();
        Optional<Route> way = scope == Scope.CHAIN ? Optional.of(question.route()) : Optional.empty();
        return flights.of(
                new Request(hour.take(), digest, way),
                () -> remote.to(question)
                        .closedIndex(stream, hour.hour(), hour.take(), digest)
                        .thenApply(reply -> {
                            reply.ifPresent(told -> memory.keepIndex(digest, told.index()));
                            return reply.map(IndexReply::index);
                        }));
    }

    /** What is kept of a closed hour's index. */
    Optional<HourIndex> recall(HourListing.Hour hour) {
        return hour.digest().flatMap(digest -> memory.index(hour.take(), digest));
    }

    /** The index of an hour that may still grow, from a record on. */
    CompletableFuture<Optional<HourIndex>> open(
            StreamKey stream, HourListing.Hour hour, int fromPosition, Question question) {
        return remote.to(question)
                .openIndex(stream, hour.hour(), hour.take(), fromPosition)
                .thenApply(reply -> reply.map(IndexReply::index));
    }
}
