package org.red5.dvr.util;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Makes one call of several for the same thing at the same time. Any thread may call; nothing blocks.
 *
 * @param <K> what is wanted, whoever wants it
 */
public final class SingleFlight<K, V> {
    private final Map<K, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();

    /** What comes of the call that is under way, or of a new one. Cancelling it gives up nothing: others may wait. */
    public CompletableFuture<V> of(K wanted, Supplier<CompletableFuture<V>> call) {
        return of(wanted, call, UnaryOperator.identity());
    }

    /**
     * The same where another's call may not do.
     *
     * @param anothers makes this caller's answer of one that is under way
     */
    public CompletableFuture<V> of(
            K wanted, Supplier<CompletableFuture<V>> call, UnaryOperator<CompletableFuture<V>> anothers) {
        CompletableFuture<V> mine = new CompletableFuture<>();
        CompletableFuture<V> before = underWay.putIfAbsent(wanted, mine);
        if (before != null) {
            return anothers.apply(before);
        }
        Futures.from(call::get).whenComplete((value, failure) -> {
            underWay.remove(wanted);
            if (failure == null) {
                mine.complete(value);
            } else {
                mine.completeExceptionally(Futures.unwrapped(failure));
            }
        });
        return mine;
    }

    /** How many calls are under way. */
    public int size() {
        return underWay.size();
    }
}
