package org.red5.dvr.cluster.known;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.red5.dvr.archive.index.HourRecords;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.PeerFailure;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.wire.MalformedReplyException;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.SingleFlight;

/** Gets the indexes of one peer's hours, those of closed hours once: they are known by their digest, whoever has them. */
public final class IndexFetcher {
    private static final int DIGEST_BYTES = 16;

    private final Peer peer;
    private final Scope scope;
    private final PeerApi remote;
    private final PeerMemory memory;
    private final SegmentGrid grid;
    private final SingleFlight<Request, Optional<byte[]>> flights = new SingleFlight<>();

    /** @param way of one that the peer may ask on: what that does not find another may */
    private record Request(TakeId take, String digest, Optional<Route> way) {}

    IndexFetcher(Peer peer, Scope scope, PeerApi remote, PeerMemory memory, SegmentGrid grid) {
        this.peer = peer;
        this.scope = scope;
        this.remote = remote;
        this.memory = memory;
        this.grid = grid;
    }

    /** The index of a closed hour; empty when the peer does not have it any more. */
    CompletableFuture<Optional<TakeRecords>> closed(StreamKey stream, HourListing.Hour hour, Question question) {
        long sentNanos = peer.nanos();
        return closedBytes(stream, hour, question)
                .thenApply(bytes -> bytes.map(all -> parse(stream, all, hour, true, sentNanos)));
    }

    /** The bytes of that index. */
    public CompletableFuture<Optional<byte[]>> closedBytes(StreamKey stream, HourListing.Hour hour, Question question) {
        String digest = hour.digest().orElseThrow();
        Optional<byte[]> known = memory.index(hour.take(), digest);
        if (known.isPresent()) {
            return CompletableFuture.completedFuture(known);
        }
        Optional<Route> way = scope == Scope.CHAIN ? Optional.of(question.route()) : Optional.empty();
        return flights.of(new Request(hour.take(), digest, way), () -> {
            long sentNanos = peer.nanos();
            return remote.to(question)
                    .closedIndex(stream, hour.hour(), hour.take(), digest)
                    .thenApply(held -> held.map(index -> checked(stream, index.bytes(), digest, sentNanos)))
                    .thenApply(bytes -> {
                        bytes.ifPresent(all -> memory.keepIndex(hour.take(), digest, all));
                        return bytes;
                    });
        });
    }

    /** What is kept of a closed hour's index. */
    Optional<TakeRecords> recall(StreamKey stream, HourListing.Hour hour) {
        return hour.digest()
                .flatMap(digest -> memory.index(hour.take(), digest))
                .map(bytes -> parse(stream, bytes, hour, true, peer.nanos()));
    }

    /** The index of an hour that may still grow, from a record on. */
    CompletableFuture<Optional<TakeRecords>> open(
            StreamKey stream, HourListing.Hour hour, int fromPosition, Question question) {
        long sentNanos = peer.nanos();
        return remote.to(question)
                .openIndex(stream, hour.hour(), hour.take(), fromPosition)
                .thenApply(held -> held.map(index -> parse(stream, index.bytes(), hour, false, sentNanos)));
    }

    private TakeRecords parse(StreamKey stream, byte[] bytes, HourListing.Hour hour, boolean isClosed, long sentNanos) {
        try {
            HourRecords index = HourRecords.parse(hour.hour(), hour.take(), !isClosed, bytes);
            if (!index.grid().equals(grid)) {
                throw new MalformedReplyException("an index on another grid");
            }
            return TakeRecords.of(index);
        } catch (IOException e) {
            peer.failed(stream, PeerFailure.phrase(e), sentNanos);
            throw new CompletionException(e);
        }
    }

    private byte[] checked(StreamKey stream, byte[] bytes, String digest, long sentNanos) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(bytes);
            if (!HexFormat.of().formatHex(sum, 0, DIGEST_BYTES).equals(digest)) {
                peer.failed(stream, "an index that is not the one of its digest", sentNanos);
                throw new CompletionException(new MalformedReplyException("an index of another digest"));
            }
            return bytes;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
