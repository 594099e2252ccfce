package org.red5.dvr.store;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/**
 * Answers for all that a server can get at, whoever holds it. Any thread may call. A call may read disks of this server; no thread waits for
 * other servers, but what they have comes later, on a thread that may read disks again.
 *
 * <p>An answer fails with an {@link java.io.IOException} when what is there cannot be read, and with {@link UnreachableException} when what
 * was asked for may be at a server that does not answer. It is the caller's to give up.
 */
public interface Resolver {
    /** The streams that can be had, in order of name. */
    CompletableFuture<List<StreamListing>> streams();

    /** What there is of a stream in a window, merged; empty when no server that answers knows the stream. */
    CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window);

    /** The take's tracks; empty when no server that answers has the take. */
    CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take);

    /** The init segment of a take; empty when there is none with that part. */
    CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part);

    /**
     * Answers the same to who copies long windows, each segment once: a cache gives what it has, and keeps little of what it has
     * not.
     */
    default Resolver forExport() {
        return this;
    }

    /** The bytes of a segment; empty when there is none with that part. */
    CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part);
}
