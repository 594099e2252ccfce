package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** A server M between an edge and the origin O, whose own disk hangs: only what reads it waits. */
class HungDiskTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_955_100;

    @TempDir
    Path home;

    private final TestTime time = new TestTime(SegmentGrid.DEFAULT.startUtcMicros(FIRST + 5));
    private final Queue<Runnable> hanging = new ArrayDeque<>();
    private TestNet net;
    private Server origin;
    private Server middle;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
        origin = net.server("o");
        middle = net.server("m", "source o:80 remote_dvr=chain;");
        origin.archive.add(CAMERA, MemoryArchive.run(take(), FIRST, 5));
        origin.archive.live(CAMERA, true);
        net.start();
        time.pass(Duration.ofSeconds(3));
    }

    @AfterEach
    void close() {
        net.close();
    }

    private static TakeId take() {
        return TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(FIRST), "o");
    }

    private CompletableFuture<Optional<FollowReply>> follow(Duration timeout) {
        Question question = new Question(new Route(List.of("e"), Set.of(), 8), timeout);
        return middle.cluster
                .chain()
                .to(question)
                .follow(new FollowRequest(CAMERA, FIRST + 4, true, true), question.timeout());
    }

    private static int segments(CompletableFuture<Optional<FollowReply>> reply) {
        return reply.getNow(Optional.empty()).orElseThrow().segments().size();
    }

    @Test
    void whoFollowsIsToldByTheThreadsThatReadDisks() {
        CompletableFuture<Optional<FollowReply>> reply = follow(Duration.ofSeconds(10));
        net.disks = hanging::add;
        origin.archive.add(CAMERA, MemoryArchive.run(take(), FIRST + 5, 1));
        time.pass(Duration.ofSeconds(1));
        assertFalse(reply.isDone(), "nobody else has read the disk");
        assertFalse(hanging.isEmpty());
        net.disks = Runnable::run;
        List.copyOf(hanging).forEach(Runnable::run);
        assertEquals(1, segments(reply));
    }

    @Test
    void patienceIsOverAndHeartbeatsGoOnWhateverTheDiskDoes() {
        net.disks = hanging::add;
        CompletableFuture<Optional<FollowReply>> reply = follow(Duration.ofSeconds(10));
        int before = net.heartbeats.get();
        origin.archive.add(CAMERA, MemoryArchive.run(take(), FIRST + 5, 1));
        time.pass(Duration.ofSeconds(8));
        assertFalse(reply.isDone());
        time.pass(Duration.ofSeconds(2));
        assertEquals(0, segments(reply));
        assertTrue(net.heartbeats.get() >= before + 9, "heartbeats go on");
        assertEquals("up", middle.cluster.peers().all().get(0).state().word());
    }
}
