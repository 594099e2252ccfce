package org.red5.dvr.util;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

public class LastSeenTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void tellsWhatIsThere() {
        AtomicInteger looks = new AtomicInteger();
        LastSeen<Integer> seen =
                new LastSeen<>(looks::incrementAndGet, 0, threads, Duration.ofSeconds(10), System::nanoTime);
        assertEquals(1, seen.get());
        assertEquals(2, seen.get());
    }

    @Test
    void tellsWhatWasThereWhileTheDiskHangs() {
        CountDownLatch back = new CountDownLatch(1);
        AtomicInteger looks = new AtomicInteger();
        LastSeen<Integer> seen = new LastSeen<>(
                () -> {
                    if (looks.incrementAndGet() == 2) {
                        awaitQuietly(back);
                    }
                    return looks.get();
                },
                0,
                threads,
                Duration.ofMillis(200),
                System::nanoTime);
        assertEquals(1, seen.get());
        for (int i = 0; i < 100; i++) {
            assertEquals(1, seen.get());
        }
        assertEquals(2, looks.get(), "one thread hangs, whoever asks");
        back.countDown();
    }

    public static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
