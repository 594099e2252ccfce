package org.red5.dvr.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.cache.Until.until;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.SegmentSourceContract;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/** What viewers get from a cache, what is asked for behind it, and what is fetched ahead for those who watch on. */
class CachingResolverTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final long FIRST = 448_839_000L;
    private static final int SEGMENTS = 40;

    /** A server that can be gone, and says what it was asked for. */
    private static final class Origin implements Resolver {
        private final Resolver archive;
        private final List<Long> asked = new CopyOnWriteArrayList<>();
        private volatile boolean isGone;

        Origin(LocalArchive archive) {
            this.archive = new OwnResolver("origin", archive, SegmentGrid.DEFAULT);
        }

        private <T> CompletableFuture<T> unlessGone(CompletableFuture<T> answer) {
            return isGone ? CompletableFuture.failedFuture(new UnreachableException("it is gone")) : answer;
        }

        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return unlessGone(archive.streams());
        }

        @Override
        public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
            return unlessGone(archive.timeline(stream, window));
        }

        @Override
        public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
            return isGone ? CompletableFuture.completedFuture(Optional.empty()) : archive.take(stream, take);
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
            return unlessGone(archive.fetchInitSegment(stream, take, part));
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
            asked.add(number);
            return unlessGone(archive.fetchSegment(stream, take, number, part));
        }
    }

    @TempDir
    Path folder;

    private final TestTake take = TestTake.of(SegmentGrid.DEFAULT, FIRST, 0, SEGMENTS, Tracks.BOTH);
    private final AtomicLong nowMicros = new AtomicLong(take.endUtcMicros() + 3_600_000_000L);
    private LocalArchive archive;
    private Origin origin;
    private SegmentCache cache;
    private Resolver resolver;

    @BeforeEach
    void open() throws IOException {
        Path root = folder.resolve("archive");
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT);
        take.write(archive, STREAM).end(GapReason.NOT_PUBLISHED);
        origin = new Origin(archive);
        CacheRule rule = new CacheRule(folder.resolve("cache"), Optional.of(Duration.ofDays(2)), OptionalLong.empty());
        LocalTakes takes = new LocalTakes(archive, Clock.systemUTC(), "origin", Runnable::run);
        cache = new SegmentCache(
                stream -> Optional.of(rule),
                "edge",
                SegmentGrid.DEFAULT,
                () -> takes,
                32 << 20,
                ArchiveMeter.NONE,
                Clock.systemUTC(),
                System::nanoTime);
        cache.use(List.of(rule));
        resolver = new CachingResolver(origin, cache, "edge", SegmentGrid.DEFAULT, nowMicros::get, System::nanoTime);
    }

    @AfterEach
    void close() {
        cache.close();
        archive.close();
    }

    private Served get(int place, Part part) {
        return resolver.fetchSegment(STREAM, take.id(), FIRST + place, part)
                .join()
                .orElseThrow();
    }

    private void awaitCached(int place) {
        until(() -> cache.of(STREAM).orElseThrow().has(take.id(), FIRST + place));
    }

    @Test
    void whatWasGivenIsCachedWhicheverTrackWasAskedFor() throws IOException {
        assertEquals("origin", get(3, Part.MUXED).server());
        get(7, Part.AUDIO);
        awaitCached(3);
        awaitCached(7);
        origin.isGone = true;
        Served again = get(3, Part.MUXED);
        assertEquals("edge", again.server());
        assertEquals(Served.From.CACHE, again.from());
        assertArrayEquals(TestTake.muxedBytes(take.contents().get(3)), SegmentSourceContract.read(again.bytes()));
        assertArrayEquals(
                TestTake.videoBytes(take.contents().get(7)),
                SegmentSourceContract.read(get(7, Part.VIDEO).bytes()));
        CompletionException gone = assertThrows(CompletionException.class, () -> get(5, Part.MUXED));
        assertTrue(gone.getCause() instanceof UnreachableException, gone.toString());
        assertTrue(resolver.take(STREAM, take.id()).join().isPresent());
        assertTrue(
                resolver.fetchInitSegment(STREAM, take.id(), Part.MUXED).join().isPresent());
    }

    @Test
    void forThoseWhoWatchOnTheNextOnesAreFetchedAhead() {
        get(10, Part.MUXED);
        assertEquals(List.of(FIRST + 10), origin.asked, "a single one says nothing");
        get(11, Part.MUXED);
        get(12, Part.MUXED);
        awaitCached(15);
        origin.isGone = true;
        for (int place = 13; place <= 15; place++) {
            awaitCached(place);
            assertEquals(Served.From.CACHE, get(place, Part.MUXED).from());
        }
    }

    @Test
    void copiesOfLongWindowsAreNotCountedAndNothingIsFetchedAheadForThem() throws IOException {
        Resolver export = resolver.forExport();
        for (int place = 10; place <= 13; place++) {
            Served served = export.fetchSegment(STREAM, take.id(), FIRST + place, Part.MUXED)
                    .join()
                    .orElseThrow();
            assertEquals(Served.From.ARCHIVE, served.from());
            awaitCached(place);
        }
        assertEquals(List.of(FIRST + 10, FIRST + 11, FIRST + 12, FIRST + 13), origin.asked);
        Served again = export.fetchSegment(STREAM, take.id(), FIRST + 12, Part.MUXED)
                .join()
                .orElseThrow();
        assertEquals(Served.From.CACHE, again.from());
        assertArrayEquals(TestTake.muxedBytes(take.contents().get(12)), SegmentSourceContract.read(again.bytes()));
        assertEquals(0, cache.counts().hits() + cache.counts().misses());
    }

    @Test
    void whatIsNotOverIsNotFetchedAhead() {
        nowMicros.set(SegmentGrid.DEFAULT.startUtcMicros(FIRST + 16));
        for (int place = 10; place <= 14; place++) {
            get(place, Part.MUXED);
        }
        assertTrue(origin.asked.stream().allMatch(number -> number <= FIRST + 14), origin.asked::toString);
    }
}
