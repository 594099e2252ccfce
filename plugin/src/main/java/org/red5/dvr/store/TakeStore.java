package org.red5.dvr.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;

/**
 * Whoever holds takes: an archive, another server, several of them together. Any thread may call. A call may read disks of this server;
 * it never waits for another one, but answers later, on any thread.
 *
 * <p>An answer fails with an {@link java.io.IOException} when what is there cannot be read, and with
 * {@link org.red5.dvr.timeline.UnreachableException} when what was asked for may be where nobody answers. Cancelling it gives the question up.
 */
public interface TakeStore {
    /** The streams that can be had, in order of name. */
    CompletableFuture<List<StreamListing>> streams();

    /**
     * The hours of a stream, hours since the Unix epoch, both included; empty when no server that answers knows the stream. Servers that do
     * not answer in time are named in the listing.
     */
    CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour);

    /**
     * The index of a closed hour; empty when there is none with that digest.
     *
     * @param digest as {@link org.red5.dvr.archive.index.HourIndex#markedDigest} makes it
     */
    CompletableFuture<Optional<IndexReply>> closedIndex(StreamKey stream, long hour, TakeId take, String digest);

    /**
     * What an index holds now, of an hour that may still grow: all from a record on, of which there may be none yet; empty when
     * there is no such hour.
     *
     * @param fromPosition of the record, 0 for the first
     */
    CompletableFuture<Optional<IndexReply>> openIndex(StreamKey stream, long hour, TakeId take, int fromPosition);

    /** The init segment of a take with all its tracks; empty when nobody has the take. */
    CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take);

    /** A segment with all its tracks; empty when nobody has it. */
    CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number);

    /**
     * What is new of a stream, as soon as there is something: a segment behind a number, or that the stream is live or is not live
     * any more. When the time is over the answer says that nothing is new. Empty when nobody knows the stream.
     */
    CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost);
}
