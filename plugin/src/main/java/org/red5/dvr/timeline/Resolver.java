package org.red5.dvr.timeline;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Answers for all that a server can get at, whoever holds it. Any thread may call; a call may block on disks and peers, for a
 * bounded time.
 */
public interface Resolver {
    /** The streams that can be had, in order of name. */
    List<StreamListing> streams() throws IOException;

    /** What there is of a stream in a window, merged; empty when nobody who answers knows the stream. */
    Optional<Timeline> timeline(StreamKey stream, UtcRange window) throws IOException;

    /** The take's tracks; empty when nobody has the take. */
    Optional<Take> take(StreamKey stream, TakeId take) throws IOException;

    /** The init segment of a take; empty when there is none with that part. */
    Optional<Served> initSegment(StreamKey stream, TakeId take, Part part) throws IOException;

    /** As {@link #initSegment}; no thread waits for other servers. What is given back is the caller's to give up. */
    default CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
        try {
            return CompletableFuture.completedFuture(initSegment(stream, take, part));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * The bytes of a segment; empty when there is none with that part.
     *
     * @throws UnreachableException when there may be one at a server that does not answer
     */
    Optional<Served> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException;

    /** As {@link #segment}; no thread waits for other servers. What is given back is the caller's to give up. */
    default CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        try {
            return CompletableFuture.completedFuture(segment(stream, take, number, part));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
