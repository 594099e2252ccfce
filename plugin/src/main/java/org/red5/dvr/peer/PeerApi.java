package org.red5.dvr.peer;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;

/**
 * Answers peers' questions for one {@link Scope}: there is one for what a server holds itself, and one for that together with
 * what its sources give it. Any thread may call. A call may read the server's own disks; it never waits for a peer, but answers
 * later. Answers may come on any thread.
 *
 * <p>An answer fails with an {@link java.io.IOException} when a disk cannot be read, and with
 * {@link org.red5.dvr.timeline.UnreachableException} when what was asked for may be at a server that does not answer. Cancelling it gives the question up.
 */
public interface PeerApi {
    /** The streams that can be had, in order of name. */
    CompletableFuture<List<StreamListing>> streams(Question question);

    /**
     * The hours of a stream, hours since the Unix epoch, both included; empty when no server that answers knows the stream. Those
     * that do not answer in time are named in the listing.
     */
    CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour, Question question);

    /** The index of a closed hour; empty when there is none with that digest. */
    CompletableFuture<Optional<IndexReply>> closedIndex(
            StreamKey stream, long hour, TakeId take, String digest, Question question);

    /**
     * What an index holds now, of an hour that may still grow: the header, then all from a record on, of which there may be none
     * yet; empty when there is no such hour.
     *
     * @param fromPosition of the record, 0 for the first
     */
    CompletableFuture<Optional<IndexReply>> openIndex(
            StreamKey stream, long hour, TakeId take, int fromPosition, Question question);

    /** The init segment of a take with all its tracks; empty when no server has the take. */
    CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take, Question question);

    /** A segment; empty when no server has it. */
    CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number, Question question);

    /**
     * What is new of a stream, as soon as there is something: a segment behind a number, or that the stream is live or is not live
     * any more. When the question times out the answer says that nothing is new. Empty when no server knows the stream.
     */
    CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Question question);
}
