package org.red5.dvr.archive.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.util.LastSeenTest;

class DiskReadersTest {
    private static final Path HANGS = Path.of("/hangs");
    private static final Path WORKS = Path.of("/works");

    private final AtomicLong nanos = new AtomicLong();
    private final DiskReaders readers = new DiskReaders(() -> List.of(HANGS, WORKS), ArchiveMeter.NONE, nanos::get);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch back = new CountDownLatch(1);

    @AfterEach
    void end() {
        back.countDown();
        threads.shutdownNow();
    }

    /** Readers that do not come back before the disk does. */
    private List<Future<Integer>> stuck(int count) throws Exception {
        CountDownLatch inside = new CountDownLatch(count);
        List<Future<Integer>> stuck = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            stuck.add(threads.submit(() -> readers.read(HANGS.resolve("take.mp4"), () -> {
                inside.countDown();
                LastSeenTest.awaitQuietly(back);
                return 1;
            })));
        }
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        return stuck;
    }

    @Test
    void aDiskThatHangsHoldsUpFewThreadsAndNoOtherDisk() throws Exception {
        List<Future<Integer>> stuck = stuck(RootReaders.MOST);
        nanos.addAndGet(RootReaders.PATIENCE_NANOS + 1);
        for (int i = 0; i < 300; i++) {
            assertThrows(UnreachableException.class, () -> readers.read(HANGS, () -> 2));
        }
        assertEquals(3, assertTimeout(Duration.ofSeconds(1), () -> readers.read(WORKS, () -> 3)));
        back.countDown();
        for (Future<Integer> reader : stuck) {
            assertEquals(1, reader.get(10, TimeUnit.SECONDS));
        }
        assertEquals(2, readers.read(HANGS, () -> 2));
    }

    @Test
    void oneThatTakesLongHoldsUpNobody() throws Exception {
        stuck(1);
        nanos.addAndGet(10 * RootReaders.PATIENCE_NANOS);
        assertEquals(2, readers.read(HANGS, () -> 2));
    }

    @Test
    void whatFailsIsOverToo() throws Exception {
        for (int i = 0; i < 2 * RootReaders.MOST; i++) {
            assertThrows(
                    CorruptArchiveException.class,
                    () -> readers.read(HANGS, () -> {
                        throw new CorruptArchiveException("seen on purpose");
                    }));
        }
        assertEquals(2, readers.read(HANGS, () -> 2));
    }
}
