package org.red5.dvr.util;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class UnendingTest {
    @Test
    void aPeriodicTaskOutlivesWhatItThrows() throws Exception {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        CountDownLatch runs = new CountDownLatch(3);
        Unending task = new Unending("a test", () -> {
            runs.countDown();
            if (runs.getCount() == 2) {
                throw new IllegalStateException("seen on purpose");
            }
            throw new StackOverflowError("seen on purpose");
        });
        thread.scheduleWithFixedDelay(task, 0, 1, TimeUnit.MILLISECONDS);
        try {
            assertTrue(runs.await(10, TimeUnit.SECONDS));
        } finally {
            thread.shutdownNow();
        }
    }
}
