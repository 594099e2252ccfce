package org.red5.dvr.webapp;

import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.red5.dvr.peer.FollowReply;
import org.red5.dvr.peer.FollowRequest;
import org.red5.dvr.peer.HourListing;
import org.red5.dvr.peer.IndexReply;
import org.red5.dvr.peer.InitReply;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.SegmentReply;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;

/** Answers for segments as a test says, and lets all who follow wait until it says more. */
final class TestPeerApi implements PeerApi {
    final Queue<CompletableFuture<Optional<FollowReply>>> followers = new ConcurrentLinkedQueue<>();
    private final Supplier<CompletableFuture<Optional<SegmentReply>>> segments;

    TestPeerApi(Supplier<CompletableFuture<Optional<SegmentReply>>> segments) {
        this.segments = segments;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams(Question question) {
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public CompletableFuture<Optional<HourListing>> hours(
            StreamKey stream, long fromHour, long toHour, Question question) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> closedIndex(
            StreamKey stream, long hour, TakeId take, String digest, Question question) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> openIndex(
            StreamKey stream, long hour, TakeId take, int fromPosition, Question question) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take, Question question) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<SegmentReply>> segment(
            StreamKey stream, TakeId take, long number, Question question) {
        return segments.get();
    }

    @Override
    public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Question question) {
        CompletableFuture<Optional<FollowReply>> answer = new CompletableFuture<>();
        followers.add(answer);
        return answer;
    }
}
