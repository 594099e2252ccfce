package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.known.OpenStreams;
import org.red5.dvr.cluster.known.PeerInventory;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.cluster.known.QueryOptions;
import org.red5.dvr.cluster.members.CurrentSources;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** Viewers may ask for whatever names they think of: no server remembers all of them. A1 has the origin O behind it. */
class ManyNamesTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;

    @TempDir
    Path home;

    private final TestTime time = new TestTime(SegmentGrid.DEFAULT.startUtcMicros(FIRST));
    private TestNet net;
    private TestNet.Server a1;
    private PeerMemory memory;
    private PeerInventory holdings;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
        a1 = net.server("a1", "source o:80 remote_dvr=chain;");
        net.server("o");
        record(CAMERA);
        net.start();
        time.pass(Duration.ofSeconds(3));
        memory = new PeerMemory(8 << 20, 8 << 20, 8 << 20, 8 << 20, System::nanoTime);
        Peer peer = new Peer(new PeerAddress("a1", 80), time.clocks(), wrong -> {}, failed -> {});
        holdings = new PeerInventory(peer, Scope.CHAIN, a1.cluster.chain(), memory, SegmentGrid.DEFAULT, time.clocks());
    }

    @AfterEach
    void close() {
        memory.close();
        net.close();
    }

    private void record(StreamKey stream) {
        a1.archive.add(stream, MemoryArchive.run(TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(FIRST), "a1"), FIRST, 5));
    }

    private boolean isKnown(StreamKey stream) {
        UtcRange lastMinute = new UtcRange(time.micros() - 60_000_000, time.micros());
        Question question = new Question(new Route(List.of("e"), Set.of(), 8), Duration.ofSeconds(1));
        return holdings.find(stream, lastMinute, new QueryOptions(time.micros(), true, false), question)
                .getNow(Optional.empty())
                .filter(known -> known.listing().isKnown())
                .isPresent();
    }

    private static StreamKey invented(int number) {
        return new StreamKey("live", "invented" + number);
    }

    @Test
    void namesThatNobodyKnowsAreForgotten() {
        assertTrue(isKnown(CAMERA));
        for (int i = 0; i < 500; i++) {
            assertFalse(isKnown(invented(i)));
            time.pass(Duration.ofMillis(10));
        }
        assertTrue(holdings.openStreams() <= 210, holdings.openStreams() + " streams are kept");
        time.pass(Duration.ofSeconds(2));
        assertFalse(isKnown(invented(0)));
        assertEquals(2, holdings.openStreams(), "the one that is known, and the newest");
    }

    /** Then A1 cannot say that nobody has them. */
    @Test
    void namesThatNobodyIsKnownToKnowAreForgottenWhileTheOriginIsDead() {
        net.fault("o", TestNet.Fault.REFUSED);
        time.pass(Duration.ofSeconds(3));
        for (int i = 0; i < 20; i++) {
            assertFalse(isKnown(invented(i)));
        }
        assertEquals(20, holdings.openStreams());
        time.pass(Duration.ofSeconds(2));
        assertTrue(isKnown(CAMERA));
        assertEquals(1, holdings.openStreams());
    }

    @Test
    void streamsThatNobodyAsksForAnyMoreAreForgotten() {
        StreamKey other = new StreamKey("live", "other");
        record(other);
        assertTrue(isKnown(CAMERA));
        for (int minute = 0; minute < 9; minute++) {
            time.pass(Duration.ofMinutes(1));
            isKnown(other);
        }
        assertEquals(2, holdings.openStreams());
        time.pass(Duration.ofMinutes(2));
        isKnown(invented(0));
        assertEquals(2, holdings.openStreams(), "the one asked for two minutes ago, and the newest");
    }

    @Test
    void streamsThatAreKnownHaveABoundAsWell() {
        for (int i = 0; i < OpenStreams.MOST + 200; i++) {
            record(invented(i));
            assertTrue(isKnown(invented(i)));
        }
        assertEquals(OpenStreams.MOST, holdings.openStreams());
    }

    /** An index of twenty minutes of each is here: a megabyte and a quarter are some eighty of them. */
    @Test
    void streamsThatAreKnownAreWeighedByTheirIndexes() {
        try (PeerMemory small = new PeerMemory(8 << 20, 8 << 20, 8 << 20, 1_250 << 10, System::nanoTime)) {
            Peer peer = new Peer(new PeerAddress("a1", 80), time.clocks(), wrong -> {}, failed -> {});
            holdings =
                    new PeerInventory(peer, Scope.CHAIN, a1.cluster.chain(), small, SegmentGrid.DEFAULT, time.clocks());
            TakeId take = TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(FIRST - 800), "a1");
            for (int i = 0; i < 100; i++) {
                a1.archive.add(invented(i), MemoryArchive.run(take, FIRST - 800, 800));
                assertTrue(isKnown(invented(i)));
                time.pass(Duration.ofSeconds(1));
            }
            assertTrue(
                    holdings.openStreams() >= 75 && holdings.openStreams() <= 90, holdings.openStreams() + " are kept");
        }
    }

    @Test
    void sourcesInUseAreKnownOfABoundNumberOfStreams() {
        for (int i = 0; i < CurrentSources.MOST_STREAMS + 500; i++) {
            assertTrue(a1.cluster.current().current(invented(i)).isPresent());
        }
        assertEquals(CurrentSources.MOST_STREAMS, a1.cluster.current().size());
    }
}
