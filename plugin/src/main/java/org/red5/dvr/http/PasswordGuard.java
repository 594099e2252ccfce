package org.red5.dvr.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.red5.dvr.util.LruMap;

/**
 * Slows down who guesses passwords: an address may be wrong so many times, and then once every two seconds. What it sends in between
 * is not even looked at. Any thread may call.
 */
public final class PasswordGuard {
    /** How long one more guess takes. */
    public static final long GUESS_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int FREE_GUESSES = 10;
    /** An attacker has many addresses; who was wrong longest ago is forgotten. */
    private static final int MOST_ADDRESSES = 10_000;

    private final LongSupplier nanoTime;
    /** When each address will have no wrong guess on its account any more. */
    @GuardedBy("this")
    private final Map<String, Long> clearAt = new LruMap<>(MOST_ADDRESSES);

    /**
     * @param nanoTime a clock that is never set
     */
    public PasswordGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether an address may guess now. */
    public synchronized boolean mayTry(String client) {
        Long clear = clearAt.get(client);
        return clear == null || clear - nanoTime.getAsLong() <= (FREE_GUESSES - 1) * GUESS_NANOS;
    }

    /** An address was wrong. */
    public synchronized void wasWrong(String client) {
        long now = nanoTime.getAsLong();
        clearAt.merge(client, now + GUESS_NANOS, (before, first) -> Math.max(before, now) + GUESS_NANOS);
    }
}
