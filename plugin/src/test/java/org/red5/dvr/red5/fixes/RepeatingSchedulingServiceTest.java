package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepeatingSchedulingServiceTest {
    private final RepeatingSchedulingService scheduler = new RepeatingSchedulingService();

    @BeforeEach
    void start() throws Exception {
        scheduler.afterPropertiesSet();
    }

    @AfterEach
    void stop() throws Exception {
        scheduler.destroy();
    }

    @Test
    void jobRepeats() throws InterruptedException {
        CountDownLatch runs = new CountDownLatch(3);
        scheduler.addScheduledJob(5, service -> runs.countDown());
        assertTrue(runs.await(10, TimeUnit.SECONDS));
    }

    @Test
    void jobThatFailsRepeats() throws InterruptedException {
        CountDownLatch runs = new CountDownLatch(3);
        scheduler.addScheduledJobAfterDelay(
                5,
                service -> {
                    runs.countDown();
                    throw new IllegalStateException("the job's own failure");
                },
                1);
        assertTrue(runs.await(10, TimeUnit.SECONDS));
    }

    @Test
    void jobCanBeRemoved() {
        String job = scheduler.addScheduledJob(60_000, service -> {});
        assertEquals(List.of(job), scheduler.getScheduledJobNames());
        scheduler.removeScheduledJob(job);
        assertEquals(List.of(), scheduler.getScheduledJobNames());
    }
}
