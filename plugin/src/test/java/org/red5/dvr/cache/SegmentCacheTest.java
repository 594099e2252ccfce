package org.red5.dvr.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.cache.Until.until;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.Troubles;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.SegmentSourceContract;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/** A cache in front of an archive: what is kept, over restarts and damage, and what goes when there is no room. */
class SegmentCacheTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);
    private static final long FULL_HOUR = 448_839_000L;
    private static final long HOUR = Hours.at(SegmentGrid.DEFAULT.startUtcMicros(FULL_HOUR));
    private static final Clock LATER = Clock.fixed(Instant.ofEpochSecond((HOUR + 3) * 3_600), ZoneOffset.UTC);

    @TempDir
    Path folder;

    private final Troubles troubles = new Troubles();
    private final AtomicLong passedNanos = new AtomicLong();
    private LocalArchive origin;
    private LocalTakes takes;
    private Path root;
    private SegmentCache cache;

    @BeforeEach
    void open() {
        Path archived = folder.resolve("storage");
        origin = new LocalArchive(
                stream -> Optional.of(archived), List.of(archived), SegmentGrid.DEFAULT, ArchiveOptions.DEFAULT);
        takes = new LocalTakes(origin, LATER, "origin", Runnable::run);
        root = archived.resolve("cache");
        cache = cache(rule(OptionalLong.of(1L << 30)));
    }

    @AfterEach
    void close() {
        cache.close();
        origin.close();
    }

    private CacheRule rule(OptionalLong bytes) {
        return new CacheRule(root, Optional.of(Duration.ofHours(2)), bytes);
    }

    private SegmentCache cache(CacheRule rule) {
        SegmentCache made = new SegmentCache(
                stream -> Optional.of(rule),
                "edge",
                SegmentGrid.DEFAULT,
                () -> takes,
                32 << 20,
                troubles,
                LATER,
                () -> System.nanoTime() + passedNanos.get());
        made.use(List.of(rule));
        return made;
    }

    private void restart(CacheRule rule) {
        cache.close();
        cache = cache(rule);
    }

    private TestTake recorded(long number, int segments) throws IOException {
        TestTake take = TestTake.of(SegmentGrid.DEFAULT, number, 0, segments, Tracks.BOTH);
        take.write(origin, STREAM).end(GapReason.NOT_PUBLISHED);
        return take;
    }

    /** Has a segment cached, as one is that was asked for. */
    private void ask(TestTake take, int place) throws IOException {
        long number = take.contents().get(place).number();
        SegmentReply reply = takes.segment(STREAM, take.id(), number).join().orElseThrow();
        cache.of(STREAM).orElseThrow().offer(take.id(), number, reply.bytes());
    }

    private Optional<MediaBytes> cached(TestTake take, int place) {
        return cache.segment(STREAM, take.id(), take.contents().get(place).number(), Part.MUXED);
    }

    private void assertCached(TestTake take, int place) throws IOException {
        until(() -> cached(take, place).isPresent());
        assertArrayEquals(
                TestTake.muxedBytes(take.contents().get(place)),
                SegmentSourceContract.read(cached(take, place).orElseThrow()));
    }

    private long bytesOnDisk() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void whatWasAskedForIsThereAndNothingElse() throws IOException {
        TestTake take = recorded(FULL_HOUR, 5);
        assertEquals(Optional.empty(), cached(take, 3));
        ask(take, 3);
        assertCached(take, 3);
        assertEquals(Optional.empty(), cached(take, 2));
        assertEquals(
                TestTake.videoBytes(take.contents().get(3)).length,
                cache.segment(STREAM, take.id(), FULL_HOUR + 3, Part.VIDEO)
                        .orElseThrow()
                        .lengthBytes());
        SegmentReply forPeers =
                cache.of(STREAM).orElseThrow().reply(take.id(), FULL_HOUR + 3).orElseThrow();
        assertEquals(
                takes.segment(STREAM, take.id(), FULL_HOUR + 3)
                        .join()
                        .orElseThrow()
                        .crc(),
                forPeers.crc());
        List<Segment> held = cache.find(STREAM, EVER).orElseThrow().segments();
        assertEquals(List.of(take.segments().get(3)), held);
        assertTrue(cache.counts().hits() > 0);
        assertEquals(1, cache.counts().filled());
    }

    @Test
    void hitsAreCountedByStream() throws IOException {
        StreamKey other = new StreamKey("live", "other");
        TestTake take = recorded(FULL_HOUR, 2);
        assertEquals(Optional.empty(), cached(take, 0));
        assertEquals(Optional.empty(), cached(take, 1));
        assertEquals(
                List.of(new CacheCounts.OfStream(STREAM, 0, 2)), cache.counts().streams());
        assertEquals(Duration.ZERO, cache.longestUnused());
        ask(take, 0);
        until(() -> cache.counts().filled() == 1 && cache.waitingSegments() == 0);
        assertCached(take, 0);
        CacheCounts.OfStream counted = cache.counts().streams().get(0);
        assertEquals(cache.counts().hits(), counted.hits());
        assertTrue(counted.hits() > 0);
        assertEquals(Optional.empty(), cache.segment(other, take.id(), FULL_HOUR, Part.MUXED));
        assertEquals(
                List.of(counted, new CacheCounts.OfStream(other, 0, 1)),
                cache.counts().streams());
        passedNanos.addAndGet(Duration.ofMinutes(10).toNanos());
        assertEquals(10, cache.longestUnused().toMinutes());
    }

    /** The directory of a cache may lie in that of an archive, as in the document of the syntax. */
    @Test
    void theArchiveAroundItDoesNotListIt() throws IOException {
        TestTake take = recorded(FULL_HOUR, 2);
        ask(take, 0);
        assertCached(take, 0);
        assertEquals(List.of(STREAM), origin.streams());
    }

    @Test
    void anHourThatGrowsIsCachedAsItGrows() throws IOException {
        TestTake take = TestTake.of(SegmentGrid.DEFAULT, FULL_HOUR, 0, 20, Tracks.BOTH);
        TakeWriter writer = origin.begin(STREAM, take.id(), take.init(), ByteBuffer.allocateDirect(1 << 16));
        for (int place = 0; place < 20; place++) {
            writer.append(take.contents().get(place));
            ask(take, place);
            if (place % 3 == 0) {
                passedNanos.addAndGet(TimeUnit.SECONDS.toNanos(4));
            }
        }
        passedNanos.addAndGet(TimeUnit.SECONDS.toNanos(20));
        for (int place = 0; place < 20; place++) {
            assertCached(take, place);
        }
        writer.end(GapReason.NOT_PUBLISHED);
    }

    @Test
    void itIsThereAfterARestartAndAfterACrash() throws IOException {
        TestTake take = recorded(FULL_HOUR, 4);
        ask(take, 1);
        assertCached(take, 1);
        restart(rule(OptionalLong.empty()));
        assertCached(take, 1);
        ask(take, 2);
        assertCached(take, 2);
        // As a crash leaves it: nobody has told the disk to keep the last, and it was not kept.
        Path media = media(take);
        byte[] before = Files.readAllBytes(media);
        long offset = ((MediaBytes.FileRegion) cached(take, 2).orElseThrow()).offsetBytes();
        byte[] here = Files.readAllBytes(media.resolveSibling(take.id().value() + ".here"));
        cache.close();
        before[(int) offset + 50] ^= 1;
        Files.write(media, before);
        Files.write(media.resolveSibling(take.id().value() + ".here"), here);
        cache = cache(rule(OptionalLong.empty()));
        assertCached(take, 1);
        assertEquals(Optional.empty(), cached(take, 2), "wrong bytes are not served");
        ask(take, 2);
        assertCached(take, 2);
    }

    private Path media(TestTake take) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file ->
                            file.getFileName().toString().equals(take.id().value() + ".mp4"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void whatWasUsedLeastGoesWhenThereIsNoRoom() throws IOException {
        List<TestTake> recordings = new ArrayList<>();
        for (int hour = 0; hour < 8; hour++) {
            recordings.add(recorded(FULL_HOUR + hour * 900L, 3));
        }
        int lengthBytes = TestTake.muxedBytes(recordings.get(0).contents().get(0)).length;
        long most = 4L * (3 * (lengthBytes + 4_096) + 4 * 4_096);
        restart(new CacheRule(root, Optional.empty(), OptionalLong.of(most)));
        for (TestTake take : recordings) {
            for (int place = 0; place < 3; place++) {
                int at = place;
                until(() -> {
                    passedNanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
                    if (cached(take, at).isEmpty()) {
                        try {
                            ask(take, at);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                    return cached(take, at).isPresent();
                });
            }
        }
        until(() -> cache.counts().evictedBySize() > 0);
        passedNanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        until(() -> cache.bytes().get(root) <= most);
        long left =
                recordings.stream().filter(take -> cached(take, 2).isPresent()).count();
        assertTrue(left >= 3, () -> left + " of eight");
        assertTrue(bytesOnDisk() <= most + most / 100, () -> cache.bytes() + " of " + most);
    }

    @Test
    void whatNobodyUsedForSoLongGoes() throws IOException {
        TestTake old = recorded(FULL_HOUR, 2);
        TestTake other = recorded(FULL_HOUR + 900, 2);
        ask(old, 0);
        ask(other, 0);
        assertCached(old, 0);
        assertCached(other, 0);
        passedNanos.addAndGet(Duration.ofMinutes(90).toNanos());
        assertCached(other, 0);
        passedNanos.addAndGet(Duration.ofMinutes(40).toNanos());
        until(() -> cache.counts().evictedByAge() > 0);
        assertEquals(Optional.empty(), cached(old, 0));
        assertCached(other, 0);
        assertEquals(1, cache.counts().evictedByAge());
        ask(old, 1);
        passedNanos.addAndGet(TimeUnit.SECONDS.toNanos(20));
        until(() -> {
            try {
                ask(old, 1);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return cached(old, 1).isPresent();
        });
    }

    @Test
    void aDiskThatDoesNotTakeItIsSaidAndComesBack() throws IOException {
        TestTake take = recorded(FULL_HOUR, 3);
        Files.createDirectories(root);
        Path inTheWay = root.resolve(SegmentCache.DIRECTORY);
        Files.write(inTheWay, new byte[1]);
        ask(take, 0);
        until(() -> !troubles.now().isEmpty());
        assertTrue(troubles.now().get(0).startsWith(root + ": nothing is cached there"), troubles.now()::toString);
        assertFalse(cached(take, 0).isPresent());
        Files.delete(inTheWay);
        until(() -> {
            passedNanos.addAndGet(TimeUnit.SECONDS.toNanos(11));
            try {
                ask(take, 0);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return cached(take, 0).isPresent();
        });
        until(troubles.now()::isEmpty);
    }
}
