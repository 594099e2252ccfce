package org.red5.dvr.time;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that a test sets forward, and what is to be done until then. For one thread. */
public final class TestTime {
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::atMicros).thenComparing(Task::order));
    private long micros;
    private long count;

    private record Task(long atMicros, long order, Runnable task) {}

    public TestTime(long startMicros) {
        micros = startMicros;
    }

    public Timing clocks() {
        return new Timing(() -> micros * 1_000, () -> micros, (delay, task) -> {
            Task later = new Task(micros + delay.toNanos() / 1_000, count++, task);
            tasks.add(later);
            return () -> tasks.remove(later);
        });
    }

    public long micros() {
        return micros;
    }

    /** How many things are to be done later. */
    public int waiting() {
        return tasks.size();
    }

    /** Lets time pass, and everything happen that is due in it. */
    public void pass(Duration duration) {
        long end = micros + duration.toNanos() / 1_000;
        while (!tasks.isEmpty() && tasks.peek().atMicros() <= end) {
            Task next = tasks.remove();
            micros = Math.max(micros, next.atMicros());
            next.task().run();
        }
        micros = end;
    }
}
