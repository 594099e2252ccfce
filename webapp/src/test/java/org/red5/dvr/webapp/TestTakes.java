package org.red5.dvr.webapp;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;

/** Answers for segments as a test says, and lets all who follow wait until it says more. */
final class TestTakes implements TakeStore {
    final Queue<CompletableFuture<Optional<FollowReply>>> followers = new ConcurrentLinkedQueue<>();
    private final Supplier<CompletableFuture<Optional<SegmentReply>>> segments;

    TestTakes(Supplier<CompletableFuture<Optional<SegmentReply>>> segments) {
        this.segments = segments;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> closedIndex(
            StreamKey stream, long hour, TakeId take, String digest) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> openIndex(
            StreamKey stream, long hour, TakeId take, int fromPosition) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
        return segments.get();
    }

    @Override
    public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
        CompletableFuture<Optional<FollowReply>> answer = new CompletableFuture<>();
        followers.add(answer);
        return answer;
    }
}
