package org.red5.dvr.archive.store;

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
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.SegmentReply;

/** One peer's wait for what is new in this server's archive. No thread waits with it. */
final class LocalFollow {
    /** Segments that do not fit in there come without their bytes. */
    private static final long MOST_MEDIA_BYTES = 16 << 20;

    private final HeldSegments segments;
    private final FollowRequest request;
    private final Executor executor;
    private final CompletableFuture<Optional<FollowReply>> answer = new CompletableFuture<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /**
     * @param executor reads what is new
     */
    LocalFollow(HeldSegments segments, FollowRequest request, Executor executor) {
        this.segments = segments;
        this.request = request;
        this.executor = executor;
    }

    /** The answer, at once or when something is new; the last is that nothing is, when the time is over. */
    CompletableFuture<Optional<FollowReply>> answer(Duration timeout) {
        try {
            Optional<Runnable> unlisten = segments.listen(request.stream(), this::wake);
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
            Optional<FollowReply> tail = segments.after(request.stream(), request.afterNumber());
            if (tail.isEmpty()) {
                answer.complete(Optional.empty());
            } else if (tail.get().isNewTo(request)) {
                answer.complete(Optional.of(reply(tail.get())));
            }
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
    }

    private FollowReply reply(FollowReply tail) throws IOException {
        if (!request.media()) {
            return tail;
        }
        List<FollowReply.New> told = new ArrayList<>();
        long mediaBytes = 0;
        for (FollowReply.New each : tail.segments()) {
            mediaBytes += each.segment().bytes();
            Optional<byte[]> media = mediaBytes <= MOST_MEDIA_BYTES ? media(each) : Optional.empty();
            told.add(new FollowReply.New(each.segment(), each.node(), each.ordinal(), each.crc(), media));
        }
        return new FollowReply(tail.live(), told, tail.ends());
    }

    /** Empty when the segment was deleted meanwhile. */
    private Optional<byte[]> media(FollowReply.New told) throws IOException {
        Optional<SegmentReply> found = segments.held(
                request.stream(), told.segment().take(), told.segment().number());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        MediaBytes bytes = found.get().bytes();
        return Optional.of(bytes.read(0, (int) bytes.lengthBytes()));
    }
}
