package org.red5.dvr.peer.server;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.red5.dvr.archive.HeldHours;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.peer.FollowReply;
import org.red5.dvr.peer.FollowRequest;
import org.red5.dvr.peer.HourListing;
import org.red5.dvr.peer.IndexReply;
import org.red5.dvr.peer.InitReply;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.SegmentReply;
import org.red5.dvr.peer.Skipped;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;

/** What this server holds itself. All but what is waited for is answered by the time a call returns. */
public final class LocalPeerApi implements PeerApi {
    private final LocalArchive archive;
    private final HeldHours held;
    private final String node;
    private final Executor followers;

    /**
     * @param held what the archive holds
     * @param node this server's name
     * @param followers reads what is new for those that wait for it
     */
    public LocalPeerApi(LocalArchive archive, HeldHours held, String node, Executor followers) {
        this.archive = archive;
        this.held = held;
        this.node = node;
        this.followers = followers;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams(Question question) {
        return now(archive::listings);
    }

    @Override
    public CompletableFuture<Optional<HourListing>> hours(
            StreamKey stream, long fromHour, long toHour, Question question) {
        return now(() -> held.hours(stream, fromHour, toHour).map(this::listing));
    }

    private HourListing listing(HeldHours.Listing own) {
        List<HourListing.Hour> hours = own.hours().stream()
                .map(hour -> new HourListing.Hour(
                        hour.hour(),
                        hour.take(),
                        node,
                        hour.segments(),
                        hour.digest().isPresent(),
                        hour.digest()))
                .toList();
        return new HourListing(own.live(), own.span(), hours, own.ends(), List.of(), Skipped.NONE);
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> closedIndex(
            StreamKey stream, long hour, TakeId take, String digest, Question question) {
        return now(() -> held.closedIndex(stream, hour, take, digest).map(bytes -> new IndexReply(bytes, node)));
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> openIndex(
            StreamKey stream, long hour, TakeId take, int fromPosition, Question question) {
        return now(() -> held.openIndex(stream, hour, take, fromPosition).map(bytes -> new IndexReply(bytes, node)));
    }

    @Override
    public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take, Question question) {
        return now(() -> archive.initSegment(stream, take, Part.MUXED).map(bytes -> new InitReply(bytes, node)));
    }

    @Override
    public CompletableFuture<Optional<SegmentReply>> segment(
            StreamKey stream, TakeId take, long number, Question question) {
        return now(() -> held.segment(stream, take, number)
                .map(segment -> new SegmentReply(segment.bytes(), node, segment.crc())));
    }

    @Override
    public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Question question) {
        // The answer has to arrive before the asker gives up.
        Duration timeout = question.timeout().multipliedBy(9).dividedBy(10);
        return new LocalFollow(held, node, request, followers).answer(timeout);
    }

    /** Reads the disk. */
    private interface Reading<T> {
        T read() throws IOException;
    }

    private static <T> CompletableFuture<T> now(Reading<T> answer) {
        try {
            return CompletableFuture.completedFuture(answer.read());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
