package org.red5.dvr.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class SingleFlightTest {
    private final SingleFlight<String, Integer> flights = new SingleFlight<>();
    private final List<CompletableFuture<Integer>> calls = new ArrayList<>();

    private CompletableFuture<Integer> called() {
        CompletableFuture<Integer> call = new CompletableFuture<>();
        calls.add(call);
        return call;
    }

    @Test
    void thoseThatWantTheSameAtTheSameTimeShareACall() {
        CompletableFuture<Integer> one = flights.of("a", this::called);
        CompletableFuture<Integer> other = flights.of("a", this::called);
        flights.of("b", this::called);
        assertEquals(2, calls.size());
        calls.get(0).complete(1);
        assertEquals(List.of(1, 1), List.of(one.join(), other.join()));
        flights.of("a", this::called);
        assertEquals(3, calls.size(), "what is over is called anew");
        assertEquals(2, flights.size());
    }

    @Test
    void oneThatGivesUpTakesNothingFromTheOthers() {
        CompletableFuture<Integer> one = flights.of("a", this::called);
        one.thenApply(value -> value).cancel(true);
        assertFalse(calls.get(0).isDone());
    }

    @Test
    void allAreToldWhatFailedAndTheNextCallsAnew() {
        CompletableFuture<Integer> one = flights.of("a", this::called);
        IOException broken = new IOException("broken");
        calls.get(0).completeExceptionally(new CompletionException(broken));
        assertSame(broken, assertThrows(ExecutionException.class, one::get).getCause());
        assertEquals(0, flights.size());
    }

    @Test
    void aCallThatCannotBeginKeepsNobodyWaiting() {
        IllegalStateException closed = new IllegalStateException("closed");
        CompletableFuture<Integer> one = flights.of("a", () -> {
            throw closed;
        });
        assertSame(closed, assertThrows(ExecutionException.class, one::get).getCause());
        assertEquals(0, flights.size());
    }

    @Test
    void anothersCallThatDoesNotDoIsMadeAnew() {
        flights.of("a", this::called);
        CompletableFuture<Integer> other =
                flights.of("a", this::called, first -> first.thenCompose(value -> flights.of("a", this::called)));
        calls.get(0).complete(1);
        calls.get(1).complete(2);
        assertEquals(2, other.join());
    }
}
