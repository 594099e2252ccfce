package org.red5.dvr.cluster.ask;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.UnreachableException;

/**
 * Tries one after the other until one succeeds; the next one as well when nothing comes from one for
 * {@value #HEDGE_AFTER_MILLIS} ms. One whose answer comes, but too late, is given up; one that says nothing is waited for by what judges it.
 */
public final class Hedge<T> {
    static final long HEDGE_AFTER_MILLIS = 250;

    private final List<Attempt<T>> attempts;
    private final Duration most;
    private final Timing time;
    private final CompletableFuture<Outcome<T>> outcome = new CompletableFuture<>();

    @GuardedBy("this")
    private final List<Try> tries = new ArrayList<>();

    @GuardedBy("this")
    private int ended;

    @GuardedBy("this")
    private boolean failed;

    @GuardedBy("this")
    private Runnable stopWaiting = () -> {};

    /** One way to an answer. */
    @FunctionalInterface
    public interface Attempt<T> {
        /**
         * Asks.
         *
         * @param onFirstByte run when the answer begins to come, by those that can tell
         */
        CompletableFuture<Optional<T>> ask(Runnable onFirstByte);
    }

    /**
     * What came of it.
     *
     * @param value the first there was
     * @param failed whether some attempt failed, or was not made or waited for in time
     */
    public record Outcome<T>(Optional<T> value, boolean failed) {}

    /** An attempt that has begun. Guarded as the hedge is. */
    private final class Try {
        private @Nullable CompletableFuture<Optional<T>> answer;
        private boolean onFirstByte;
        private boolean ended;
        private Runnable stopHedging = () -> {};
    }

    private Hedge(List<Attempt<T>> attempts, Duration most, Timing time) {
        this.attempts = attempts;
        this.most = most;
        this.time = time;
    }

    /**
     * The first success, or that there is none when all attempts are over, or nothing has come for that time. Never fails.
     */
    public static <T> CompletableFuture<Outcome<T>> first(List<Attempt<T>> attempts, Duration most, Timing time) {
        Hedge<T> hedge = new Hedge<>(attempts, most, time);
        hedge.begin(0);
        hedge.waitOn();
        hedge.outcome.whenComplete((value, failure) -> hedge.cleanUp());
        return hedge.outcome;
    }

    public static CompletionException unreachable(String message) {
        return new CompletionException(new UnreachableException(message));
    }

    /** Begins the next attempt if so many have begun. */
    private void begin(int count) {
        Try next = new Try();
        synchronized (this) {
            if (outcome.isDone() || tries.size() != count) {
                return;
            }
            if (count < attempts.size()) {
                tries.add(next);
            }
        }
        if (count == attempts.size()) {
            finishIfOver();
            return;
        }
        CompletableFuture<Optional<T>> answer = attempts.get(count).ask(() -> onFirstByte(next));
        synchronized (this) {
            next.answer = answer;
            if (!answer.isDone() && !next.onFirstByte) {
                next.stopHedging = time.timer().after(Duration.ofMillis(HEDGE_AFTER_MILLIS), () -> begin(count + 1));
            }
        }
        answer.whenComplete((value, failure) -> ended(next, value, failure));
        if (outcome.isDone()) {
            cleanUp();
        }
    }

    /** From now on it is the transport of the answer that says when it takes too long. */
    private void onFirstByte(Try one) {
        Runnable stopHedging;
        synchronized (this) {
            one.onFirstByte = true;
            stopHedging = one.stopHedging;
        }
        stopHedging.run();
        if (outcome.isDone()) {
            cleanUp();
        }
    }

    @SuppressWarnings("NullableOptional") // Null beside a failure, as futures give it.
    private void ended(Try one, @Nullable Optional<T> value, @Nullable Throwable failure) {
        int next;
        boolean hasBegun;
        synchronized (this) {
            ended++;
            one.ended = true;
            failed |= failure != null;
            next = tries.size();
            hasBegun = one.onFirstByte;
        }
        if (value != null && value.isPresent()) {
            outcome.complete(new Outcome<>(value, false));
            return;
        }
        if (hasBegun) {
            waitOn();
        }
        begin(next);
    }

    private void finishIfOver() {
        boolean isOver;
        boolean hasFailed;
        synchronized (this) {
            isOver = ended == attempts.size();
            hasFailed = failed;
        }
        if (isOver) {
            outcome.complete(new Outcome<>(Optional.empty(), hasFailed));
        }
    }

    /** Waits that long from now on. */
    private synchronized void waitOn() {
        stopWaiting.run();
        if (!outcome.isDone()) {
            stopWaiting = time.timer().after(most, this::over);
        }
    }

    private void over() {
        synchronized (this) {
            if (tries.stream().anyMatch(one -> one.onFirstByte && !one.ended)) {
                return;
            }
        }
        outcome.complete(new Outcome<>(Optional.empty(), true));
    }

    /** Stops the clocks, and gives up the answers that come and are not needed any more. */
    private void cleanUp() {
        List<Try> begun;
        synchronized (this) {
            stopWaiting.run();
            begun = List.copyOf(tries);
        }
        for (Try one : begun) {
            CompletableFuture<Optional<T>> late;
            Runnable stopHedging;
            synchronized (this) {
                late = one.onFirstByte && !one.ended ? one.answer : null;
                stopHedging = one.stopHedging;
            }
            stopHedging.run();
            if (late != null) {
                late.cancel(false);
            }
        }
    }
}
