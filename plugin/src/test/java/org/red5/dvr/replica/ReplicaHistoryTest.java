package org.red5.dvr.replica;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories of servers that copy each other ({@link ReplicaHistory}). {@code -Dreplica.seed=N} makes one of them again, and {@code -Dreplica.histories=N} as many.
 */
class ReplicaHistoryTest {
    private static final long ONLY = Long.getLong("replica.seed", -1);
    private static final int HISTORIES = Integer.getInteger("replica.histories", 60);

    @TempDir
    Path folder;

    @Test
    void whateverHappensNothingIsLostThatAnyServerHas() throws IOException {
        int outages = 0;
        int wipes = 0;
        long first = ONLY >= 0 ? ONLY : 0;
        long last = ONLY >= 0 ? ONLY + 1 : HISTORIES;
        for (long seed = first; seed < last; seed++) {
            ReplicaHistory history = new ReplicaHistory(Files.createDirectories(folder.resolve("of-" + seed)), seed);
            try {
                history.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dreplica.seed=" + seed + ": " + history.told(), e);
            }
            outages += history.outages();
            wipes += history.wipes();
        }
        assertTrue(
                ONLY >= 0 || outages > HISTORIES && wipes > HISTORIES / 4, outages + " outages, " + wipes + " wipes");
    }
}
