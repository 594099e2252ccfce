package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.LoggerFactory;

/**
 * Made-up histories of one stream's archive: segments are appended, come from another server in any order, are damaged, healed and
 * deleted, the server is killed between any two writes and the power fails. All along the archive has what a map of numbers to bytes
 * has, and in the end its files are those of the other server to the byte. {@code -Dstore.histories=1000} tries more than each build
 * does, {@code -Dstore.seed=7} one alone.
 */
class StoreHistoryTest {
    private static final int HISTORIES = Integer.getInteger("store.histories", 100);
    private static final int STEPS = 20;
    private static final long ONLY = Long.getLong("store.seed", -1);
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final Logger REPORTS = (Logger) LoggerFactory.getLogger("org.red5.dvr.archive");

    /** In memory where there is such a file system: nothing here depends on what a real disk keeps. */
    static final class InMemory implements TempDirFactory {
        private static final Path MEMORY = Path.of("/dev/shm");

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws Exception {
            return Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, "histories")
                    : TempDirFactory.Standard.INSTANCE.createTempDirectory(element, context);
        }
    }

    @TempDir(factory = InMemory.class)
    private static Path folder;

    private static final List<StoreHistory.Elsewhere> ELSEWHERE = new ArrayList<>();
    private static HourCache cache;

    /** Another server records takes in two hours, one of which goes on from the first into the second. */
    @BeforeAll
    static void recordElsewhere() throws IOException {
        REPORTS.setLevel(Level.OFF); // All damage is reported, ten thousand times here.
        cache = new HourCache(10);
        Path root = folder.resolve("elsewhere");
        List<TestTake> takes = List.of(
                TestTake.of(SegmentGrid.DEFAULT, StoreHistory.FULL_HOUR - 4, 0, 7, Tracks.BOTH),
                TestTake.of(SegmentGrid.DEFAULT, StoreHistory.FULL_HOUR - 200, 700_000, 5, Tracks.AUDIO),
                TestTake.of(SegmentGrid.DEFAULT, StoreHistory.FULL_HOUR + 50, -300_000, 1, Tracks.VIDEO));
        for (TestTake take : takes) {
            try (LocalArchive archive =
                    new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT)) {
                take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
            }
            ELSEWHERE.addAll(StoreHistory.Elsewhere.of(root, STREAM, take));
        }
        assertEquals(4, ELSEWHERE.size());
    }

    @AfterAll
    static void close() {
        cache.close();
        REPORTS.setLevel(null);
    }

    @Test
    void anArchiveHasWhatTheMapHas() throws IOException {
        int filled = 0;
        int crashed = 0;
        for (long seed = Math.max(ONLY, 0); seed < (ONLY >= 0 ? ONLY + 1 : HISTORIES); seed++) {
            Path root = folder.resolve("history-" + seed);
            StoreHistory history = new StoreHistory(root, STREAM, ELSEWHERE, cache, seed);
            try {
                history.run(STEPS);
                history.fillAll();
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("-Dstore.seed=" + seed + ": " + history.told(), e);
            }
            for (StoreHistory.Elsewhere each : ELSEWHERE) {
                assertArrayEquals(each.index(), Files.readAllBytes(each.indexBelow(root, STREAM)), "seed " + seed);
                assertArrayEquals(each.media(), Files.readAllBytes(each.mediaBelow(root, STREAM)), "seed " + seed);
                assertFalse(Files.exists(each.presenceBelow(root, STREAM)), "all is here, seed " + seed);
            }
            filled += history.fills();
            crashed += history.crashes();
        }
        int least = ONLY >= 0 ? 0 : HISTORIES;
        assertTrue(filled > 2 * least && crashed > least, filled + " fills and " + crashed + " crashes");
    }
}
