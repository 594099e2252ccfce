package org.red5.dvr.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QuestionThreadsTest {
    private static final HttpReply GOOD = HttpReply.sentence(200, "Here it is.");

    private final QuestionThreads threads = new QuestionThreads(System::nanoTime);
    private final CountDownLatch back = new CountDownLatch(1);

    @AfterEach
    void end() {
        back.countDown();
        threads.close();
    }

    private CompletableFuture<HttpReply> slow() {
        try {
            back.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return CompletableFuture.completedFuture(GOOD);
    }

    @Test
    void aServerThatIsSlowHoldsUpItsOwnViewersOnlyAndSoMany() throws Exception {
        List<CompletableFuture<HttpReply>> waiting = new ArrayList<>();
        for (int i = 0; i < QuestionThreads.THREADS + QuestionThreads.MOST_WAITING; i++) {
            waiting.add(threads.ask("slow:80", this::slow));
        }
        CompletableFuture<HttpReply> tooMany = threads.ask("slow:80", this::slow);
        assertEquals(503, tooMany.get(10, TimeUnit.SECONDS).status());
        CompletableFuture<HttpReply> other = threads.ask("fast:80", () -> CompletableFuture.completedFuture(GOOD));
        assertEquals(200, other.get(10, TimeUnit.SECONDS).status());
        assertFalse(waiting.get(0).isDone());
        back.countDown();
        assertEquals(200, waiting.get(0).get(10, TimeUnit.SECONDS).status());
    }

    @Test
    void aDefectIsAnAnswer() throws Exception {
        CompletableFuture<HttpReply> reply = threads.ask("fast:80", () -> {
            throw new IllegalStateException("seen on purpose");
        });
        assertEquals(500, reply.get(10, TimeUnit.SECONDS).status());
    }
}
