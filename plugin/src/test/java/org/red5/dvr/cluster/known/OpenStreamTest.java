package org.red5.dvr.cluster.known;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cluster.MemoryArchive;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.PeerApi;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/** What is known of a stream in the hours that may still grow, when some of it cannot be read any more. */
class OpenStreamTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    /** The first cell of an hour. */
    private static final long HOUR = 440_955_000;

    private static final TakeId A = TakeId.of(GRID.startUtcMicros(HOUR), "a");
    private static final TakeId B = TakeId.of(GRID.startUtcMicros(HOUR + 200), "b");

    private final TestTime time = new TestTime(GRID.startUtcMicros(HOUR + 450));

    private OpenStream openStream(PeerApi api, PeerMemory memory) {
        Peer peer = new Peer(new PeerAddress("o", 80), time.clocks(), wrong -> {}, failed -> {});
        IndexFetcher fetcher = new IndexFetcher(Scope.OWN, api, memory);
        return new OpenStream(peer, CAMERA, Scope.OWN, api, fetcher, memory, GRID, time.clocks());
    }

    @Test
    void whatIsHereOfWhatIsLostIsKnownUntilItsHourIsOver() {
        MemoryArchive archive = new MemoryArchive("o", GRID, time.clocks());
        archive.add(CAMERA, MemoryArchive.run(A, HOUR, 100));
        archive.add(CAMERA, MemoryArchive.run(B, HOUR + 200, 100));
        try (PeerMemory memory = new PeerMemory(8 << 20, 8 << 20, 8 << 20, 8 << 20, System::nanoTime)) {
            Peer peer = new Peer(new PeerAddress("o", 80), time.clocks(), wrong -> {}, failed -> {});
            IndexFetcher indexes = new IndexFetcher(Scope.OWN, question -> archive.takes(), memory);
            OpenStream stream = new OpenStream(
                    peer, CAMERA, Scope.CHAIN, question -> archive.takes(), indexes, memory, GRID, time.clocks());
            assertEquals(List.of(A, B), takes(known(stream)));
            Segment first = MemoryArchive.run(A, HOUR, 1).get(0);
            memory.segments()
                    .put(
                            new RecentSegments.Key(CAMERA, A, HOUR),
                            new RecentSegments.Kept(MemoryArchive.bytes(first), first.videoBytes(), "o", 0));
            archive.unreadable(A);
            archive.add(CAMERA, MemoryArchive.run(A, HOUR + 100, 1));
            time.pass(Duration.ofSeconds(5));

            KnownStream partly = known(stream);
            assertEquals(List.of(B, A), takes(partly));
            List<Segment> here = new ArrayList<>();
            partly.takes().get(1).addWithin(new UtcRange(0, Long.MAX_VALUE), here);
            assertEquals(List.of(first), here);
            assertEquals(
                    List.of("o:80"),
                    partly.listing().unanswered().stream()
                            .map(Unanswered::server)
                            .toList());

            time.pass(Duration.ofHours(2));
            archive.add(CAMERA, MemoryArchive.run(A, HOUR + 2_000, 1));
            archive.add(CAMERA, MemoryArchive.run(B, HOUR + 2_010, 1));
            KnownStream later = known(stream);
            assertEquals(1, later.listing().unanswered().size());
            assertEquals(List.of(B), takes(later));
        }
    }

    /** As after a repair, which may leave another index of as many records or more. */
    @Test
    void anIndexThatWasMadeAnewIsReadFromItsBeginning() {
        MemoryArchive before = new MemoryArchive("o", GRID, time.clocks());
        before.add(CAMERA, MemoryArchive.run(A, HOUR, 100));
        MemoryArchive after = new MemoryArchive("o", GRID, time.clocks());
        after.add(CAMERA, MemoryArchive.run(TakeId.of(GRID.startUtcMicros(HOUR - 9), "a"), HOUR - 9, 1));
        after.add(CAMERA, MemoryArchive.run(A, HOUR, 120));
        AtomicReference<MemoryArchive> archive = new AtomicReference<>(before);
        PeerApi api = question -> archive.get().takes();
        try (PeerMemory memory = new PeerMemory(8 << 20, 8 << 20, 8 << 20, 8 << 20, System::nanoTime)) {
            OpenStream stream = openStream(api, memory);
            assertEquals(0, known(stream).takes().get(0).ordinal());
            archive.set(after);
            time.pass(Duration.ofSeconds(5));
            KnownTake take = known(stream).takes().get(0);
            assertEquals(A, take.entry().take());
            assertEquals(1, take.ordinal());
            assertEquals(120, take.records());
        }
    }

    /** As after a time in which so much came that not all of it was told. */
    @Test
    void whatWasNotToldIsReadWhenTheListIsReadAgain() {
        MemoryArchive archive = new MemoryArchive("o", GRID, time.clocks());
        List<Segment> segments = MemoryArchive.run(A, HOUR, 7);
        archive.add(CAMERA, segments.subList(0, 5));
        PeerApi api = question -> archive.takes();
        try (PeerMemory memory = new PeerMemory(8 << 20, 8 << 20, 8 << 20, 8 << 20, System::nanoTime)) {
            OpenStream stream = openStream(api, memory);
            Question question = new Question(Route.START, Duration.ofSeconds(3));
            stream.known(new QueryOptions(time.micros(), true, true), question).join();
            archive.untold(HOUR + 5);
            archive.add(CAMERA, segments.subList(5, 7));
            List<Segment> told = new ArrayList<>(segments);
            told.remove(5);
            assertEquals(told, segments(stream.known().orElseThrow()));
            time.pass(Duration.ofMinutes(1));
            assertEquals(segments, segments(known(stream)));
        }
    }

    private static List<Segment> segments(KnownStream known) {
        List<Segment> segments = new ArrayList<>();
        known.takes().forEach(take -> take.addWithin(new UtcRange(0, Long.MAX_VALUE), segments));
        return segments;
    }

    private KnownStream known(OpenStream stream) {
        Question question = new Question(Route.START, Duration.ofSeconds(3));
        return stream.known(new QueryOptions(time.micros(), true, false), question)
                .join()
                .orElseThrow();
    }

    private static List<TakeId> takes(KnownStream known) {
        return known.takes().stream().map(take -> take.entry().take()).toList();
    }
}
