package org.red5.dvr.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.cache.Until.until;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.SegmentSourceContract;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

class CachedTakesTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    /** The start of an hour in UTC. */
    private static final long FULL_HOUR = 440_954_100;

    private static final long HOUR = Hours.at(GRID.startUtcMicros(FULL_HOUR));
    private static final Clock LATER = Clock.fixed(Instant.ofEpochSecond(1_900_000_000), ZoneOffset.UTC);

    @TempDir
    private Path folder;

    private final TestTake take = TestTake.of(GRID, FULL_HOUR + 895, 0, 1_810, Tracks.AUDIO);
    private LocalArchive source;
    private LocalTakes sources;
    private LocalArchive own;
    private SegmentCache cache;
    private TakeStore told;

    private static LocalArchive archive(Path root) {
        return new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
    }

    @BeforeEach
    void open() throws IOException {
        source = archive(folder.resolve("source"));
        own = archive(folder.resolve("own"));
        take.write(source, STREAM).end(GapReason.NOT_PUBLISHED);
        sources = new LocalTakes(source, LATER, "source", Runnable::run);
        CacheRule rule = new CacheRule(folder.resolve("cache"), Optional.of(Duration.ofDays(2)), OptionalLong.empty());
        cache = new SegmentCache(
                stream -> Optional.of(rule),
                "edge",
                GRID,
                () -> sources,
                32 << 20,
                ArchiveMeter.NONE,
                LATER,
                System::nanoTime);
        cache.use(List.of(rule));
        told = CachedTakes.inFrontOfOwn(new LocalTakes(own, LATER, "edge", Runnable::run), cache, Runnable::run);
    }

    @AfterEach
    void close() {
        cache.close();
        own.close();
        source.close();
    }

    private void cache(int place) throws IOException {
        long number = take.contents().get(place).number();
        SegmentReply reply = sources.segment(STREAM, take.id(), number).join().orElseThrow();
        StreamCache cached = cache.of(STREAM).orElseThrow();
        cached.offer(take.id(), number, reply.bytes());
        until(() -> cached.has(take.id(), number));
    }

    private List<HourListing.Hour> hours() {
        return told.hours(STREAM, HOUR, HOUR + 5).join().map(HourListing::hours).orElse(List.of());
    }

    @Test
    void whatIsCachedIsToldOfWithWhatIsHere() throws IOException {
        TestTake other = TestTake.of(GRID, FULL_HOUR + 3_600, 0, 3, Tracks.BOTH);
        other.write(own, STREAM).end(GapReason.NOT_PUBLISHED);
        assertEquals(
                List.of(other.id()),
                hours().stream().map(HourListing.Hour::take).toList());
        long changes = cache.closedChanges();
        cache(1_000);
        List<HourListing.Hour> hours = hours();
        assertEquals(
                List.of(other.id(), take.id()),
                hours.stream().map(HourListing.Hour::take).toList());
        assertEquals(HOUR + 2, hours.get(1).hour());
        cache(1_001);
        assertEquals(2, hours().size());
        assertEquals(changes, cache.closedChanges(), "not more than once a minute");
    }

    @Test
    void whatIsHereAndCachedIsToldOfOnce() throws IOException {
        take.write(own, STREAM).end(GapReason.NOT_PUBLISHED);
        List<HourListing.Hour> before = hours();
        cache(1_000);
        assertEquals(before, hours());
    }

    @Test
    void theInitSegmentIsFoundInAnyHourThatIsCached() throws IOException {
        cache(1_805);
        byte[] init = take.init().toBytes();
        assertArrayEquals(
                init,
                SegmentSourceContract.read(
                        cache.initSegment(STREAM, take.id(), Part.MUXED).orElseThrow()));
        assertTrue(cache.take(STREAM, take.id()).isPresent());
        cache(1_000);
        cache(1);
        assertArrayEquals(
                init,
                SegmentSourceContract.read(
                        told.initSegment(STREAM, take.id()).join().orElseThrow().bytes()));
    }
}
