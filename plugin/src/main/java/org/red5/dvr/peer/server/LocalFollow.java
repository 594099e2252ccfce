package org.red5.dvr.peer.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.red5.dvr.archive.HeldHours;
import org.red5.dvr.peer.FollowReply;
import org.red5.dvr.peer.FollowRequest;
import org.red5.dvr.timeline.MediaBytes;

/** One peer's wait for what is new in this server's archive. No thread waits with it. */
final class LocalFollow {
    /** Segments that do not fit in there come without their bytes. */
    private static final long MOST_MEDIA_BYTES = 16 << 20;

    private final HeldHours held;
    private final String node;
    private final FollowRequest request;
    private final Executor executor;
    private final CompletableFuture<Optional<FollowReply>> answer = new CompletableFuture<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /**
     * @param executor reads what is new
     */
    LocalFollow(HeldHours held, String node, FollowRequest request, Executor executor) {
        this.held = held;
        this.node = node;
        this.request = request;
        this.executor = executor;
    }

    /** The answer, at once or when something is new; the last is that nothing is, when the time is over. */
    CompletableFuture<Optional<FollowReply>> answer(Duration timeout) {
        try {
            Optional<Runnable> unlisten = held.listen(request.stream(), this::wake);
            if (unlisten.isEmpty()) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            answer.whenComplete((reply, failure) -> unlisten.get().run());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        look();
        FollowReply nothing = new FollowReply(request.live(), List.of(), List.of());
        return answer.completeOnTimeout(Optional.of(nothing), timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Called by the thread that writes the stream. */
    private void wake() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                executor.execute(this::look);
            } catch (RejectedExecutionException e) {
                answer.cancel(false); // The server stops.
            }
        }
    }

    private void look() {
        scheduled.set(false);
        if (answer.isDone()) {
            return;
        }
        try {
            Optional<HeldHours.Tail> tail = held.after(request.stream(), request.afterNumber());
            if (tail.isEmpty()) {
                answer.complete(Optional.empty());
            } else if (isNew(tail.get())) {
                answer.complete(Optional.of(reply(tail.get())));
            }
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
    }

    private boolean isNew(HeldHours.Tail tail) {
        return !tail.segments().isEmpty() || tail.live() != request.live();
    }

    private FollowReply reply(HeldHours.Tail tail) throws IOException {
        List<FollowReply.New> segments = new ArrayList<>();
        long mediaBytes = 0;
        for (HeldHours.ListedSegment listed : tail.segments()) {
            mediaBytes += listed.segment().bytes();
            Optional<byte[]> media =
                    request.media() && mediaBytes <= MOST_MEDIA_BYTES ? media(listed) : Optional.empty();
            segments.add(new FollowReply.New(listed.segment(), node, listed.ordinal(), listed.crc(), media));
        }
        return new FollowReply(tail.live(), segments, tail.ends());
    }

    /** Empty when the segment was deleted meanwhile. */
    private Optional<byte[]> media(HeldHours.ListedSegment listed) throws IOException {
        Optional<HeldHours.CheckedBytes> found = held.segment(
                request.stream(), listed.segment().take(), listed.segment().number());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        MediaBytes bytes = found.get().bytes();
        return Optional.of(bytes.read(0, (int) bytes.lengthBytes()));
    }
}
