package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** An encoder comes from one origin to another that has the first as a source. */
class SourceNumbersTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** The first cell of an hour. */
    private static final long HOUR = 440_955_000;

    private static final long NOW = HOUR + 300;

    @TempDir
    Path home;

    private final TestTime time = new TestTime(TestNet.GRID.startUtcMicros(NOW));
    private TestNet net;
    private Server main;
    private Server backup;

    @BeforeEach
    void start() {
        net = new TestNet(home, time.clocks());
        main = net.server("a");
        backup = net.server("b", "source a:80;");
        TakeId take = TakeId.of(TestNet.GRID.startUtcMicros(NOW - 20), "a");
        main.archive.add(CAMERA, MemoryArchive.run(take, NOW - 20, 21));
        net.start();
        time.pass(Duration.ofSeconds(2));
    }

    @AfterEach
    void close() {
        net.close();
    }

    private List<Long> known() {
        return LongStream.rangeClosed(NOW - 2, NOW + 2)
                .filter(number -> backup.cluster.numbers().have(CAMERA, number))
                .boxed()
                .toList();
    }

    @Test
    void knowsWhatASourceHasOnceItWasAsked() {
        assertEquals(List.of(), known());
        backup.cluster.numbers().ask(CAMERA);
        assertEquals(List.of(NOW - 2, NOW - 1, NOW), known());
        net.takeSent();
        assertTrue(backup.cluster.numbers().have(CAMERA, NOW));
        assertEquals(List.of(), net.takeSent());
    }

    @Test
    void whatWasSaidBeforeASourceWasGoneStillCounts() {
        backup.cluster.numbers().ask(CAMERA);
        net.fault("a", Fault.REFUSED);
        time.pass(Duration.ofSeconds(10));
        backup.cluster.numbers().ask(CAMERA);
        assertEquals(List.of(NOW - 2, NOW - 1, NOW), known());
    }

    @Test
    void aSourceThatIsSilentIsNotWaitedFor() {
        net.fault("a", Fault.SILENT_BUT_FOR_HEARTBEAT);
        long before = time.micros();
        backup.cluster.numbers().ask(CAMERA);
        assertEquals(before, time.micros());
        assertFalse(backup.cluster.numbers().have(CAMERA, NOW));
    }

    @Test
    void whoHasNoSourcesAsksNobody() {
        main.cluster.numbers().ask(CAMERA);
        assertFalse(main.cluster.numbers().have(CAMERA, NOW));
        assertEquals(List.of(), net.takeSent());
    }
}
