package org.red5.dvr.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class WakeableTest {
    private final Queue<Runnable> executor = new ArrayDeque<>();
    private int runs;

    @Test
    void runsOnceForManyWakes() {
        Wakeable task = new Wakeable(executor::add, () -> runs++);
        task.wake();
        task.wake();
        executor.remove().run();
        assertEquals(1, runs);
        assertEquals(0, executor.size());
    }

    @Test
    void runsAgainAfterItFailed() {
        Wakeable task = new Wakeable(executor::add, () -> {
            runs++;
            if (runs == 1) {
                throw new IllegalStateException("a player's pipe");
            }
        });
        task.wake();
        Runnable first = executor.remove();
        assertThrows(IllegalStateException.class, first::run);
        task.wake();
        executor.remove().run();
        assertEquals(2, runs);
    }

    @Test
    void isNotForgottenWhenItWasWokenWhileItFailed() {
        Wakeable[] task = new Wakeable[1];
        task[0] = new Wakeable(executor::add, () -> {
            runs++;
            if (runs == 1) {
                task[0].wake();
                throw new IllegalStateException("a player's pipe");
            }
        });
        task[0].wake();
        assertThrows(IllegalStateException.class, executor.remove()::run);
        executor.remove().run();
        assertEquals(2, runs);
    }
}
