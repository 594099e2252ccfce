package org.red5.dvr.cluster.ask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.red5.dvr.time.TestTime;

/** Who is tried when, and who is given up. */
class HedgeTest {
    private static final Duration MOST = Duration.ofSeconds(3);

    private final TestTime time = new TestTime(1_000_000_000L);
    private final List<CompletableFuture<Optional<String>>> asked = new ArrayList<>();
    private final List<Runnable> onFirstByte = new ArrayList<>();

    private CompletableFuture<Hedge.Outcome<String>> first(int count) {
        List<Hedge.Attempt<String>> attempts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            attempts.add(begins -> {
                CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
                asked.add(answer);
                onFirstByte.add(begins);
                return answer;
            });
        }
        return Hedge.first(attempts, MOST, time.clocks());
    }

    @Test
    void nothingIsToBeDoneLaterWhenItIsOver() {
        CompletableFuture<Hedge.Outcome<String>> outcome = first(3);
        time.pass(Duration.ofMillis(300));
        assertEquals(2, asked.size());
        assertTrue(time.waiting() > 0);
        asked.get(0).complete(Optional.of("media"));
        assertEquals("media", outcome.join().value().orElseThrow());
        assertEquals(0, time.waiting());
    }

    @Test
    void nobodyElseIsAskedWhileAnAnswerComes() {
        CompletableFuture<Hedge.Outcome<String>> outcome = first(2);
        onFirstByte.get(0).run();
        time.pass(Duration.ofSeconds(20));
        assertEquals(1, asked.size());
        assertFalse(outcome.isDone());
        asked.get(0).completeExceptionally(new IOException("stopped"));
        assertEquals(2, asked.size());
        time.pass(Duration.ofMillis(2_990));
        assertFalse(outcome.isDone());
        time.pass(Duration.ofMillis(20));
        assertTrue(outcome.join().failed());
        assertEquals(0, time.waiting());
    }

    @Test
    void answersThatComeTooLateAreGivenUp() {
        CompletableFuture<Hedge.Outcome<String>> outcome = first(3);
        time.pass(Duration.ofMillis(600));
        assertEquals(3, asked.size());
        onFirstByte.get(0).run();
        asked.get(1).complete(Optional.of("media"));
        assertTrue(outcome.isDone());
        assertTrue(asked.get(0).isCancelled());
        // Who says nothing is not: his silence is told of him.
        assertFalse(asked.get(2).isDone());
        onFirstByte.get(2).run();
        assertTrue(asked.get(2).isCancelled());
    }
}
