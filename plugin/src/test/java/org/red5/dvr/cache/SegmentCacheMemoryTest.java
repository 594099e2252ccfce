package org.red5.dvr.cache;

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
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeId;

/** What a cache holds in memory of what it has on its disk. */
class SegmentCacheMemoryTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    /** The start of an hour in UTC. */
    private static final long FULL_HOUR = 440_954_100;

    private static final int SEGMENTS_PER_HOUR = 900;
    private static final int HOURS = 150;
    /** For classes that are loaded with the first ones. */
    private static final int WARM = 10;

    /** Keys, entries of maps and file names, for each hour, and for its stream, as each is of another. */
    private static final int BYTES_PER_HOUR = 6_000;

    private static final int BYTES_PER_SEGMENT = 48;

    @TempDir
    private Path folder;

    /** All streams are the same. */
    private record SameForAll(TakeStore one) implements TakeStore {
        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return one.streams();
        }

        @Override
        public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
            return one.hours(STREAM, fromHour, toHour);
        }

        @Override
        public CompletableFuture<Optional<IndexReply>> closedIndex(
                StreamKey stream, long hour, TakeId take, String digest) {
            return one.closedIndex(STREAM, hour, take, digest);
        }

        @Override
        public CompletableFuture<Optional<IndexReply>> openIndex(
                StreamKey stream, long hour, TakeId take, int fromPosition) {
            return one.openIndex(STREAM, hour, take, fromPosition);
        }

        @Override
        public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
            return one.initSegment(STREAM, take);
        }

        @Override
        public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
            return one.segment(STREAM, take, number);
        }

        @Override
        public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
            return one.follow(request, atMost);
        }
    }

    @Test
    void aSegmentTakesNoMoreThanItsLineOfTheIndex() throws IOException {
        Path archived = folder.resolve("storage");
        CacheRule rule = new CacheRule(folder.resolve("cache"), Optional.of(Duration.ofDays(2)), OptionalLong.empty());
        Clock later = Clock.fixed(Instant.ofEpochSecond(1_900_000_000), ZoneOffset.UTC);
        TestTake take = TestTake.of(SegmentGrid.DEFAULT, FULL_HOUR, 0, SEGMENTS_PER_HOUR, Tracks.AUDIO);
        try (LocalArchive origin =
                new LocalArchive(stream -> Optional.of(archived), List.of(archived), SegmentGrid.DEFAULT)) {
            take.write(origin, STREAM).end(GapReason.NOT_PUBLISHED);
            LocalTakes takes = new LocalTakes(origin, later, "origin", Runnable::run);
            try (SegmentCache cache = new SegmentCache(
                    stream -> Optional.of(rule),
                    "edge",
                    SegmentGrid.DEFAULT,
                    () -> new SameForAll(takes),
                    32 << 20,
                    ArchiveMeter.NONE,
                    later,
                    System::nanoTime)) {
                cache.use(List.of(rule));
                fill(cache, takes, take, 0, WARM);
                long before = usedBytes();
                fill(cache, takes, take, WARM, WARM + HOURS);
                long used = usedBytes() - before;
                long most = HOURS * (BYTES_PER_HOUR + (long) BYTES_PER_SEGMENT * SEGMENTS_PER_HOUR);
                assertTrue(used <= most, () -> used + " bytes, " + used / HOURS / SEGMENTS_PER_HOUR + " a segment");
            }
        }
    }

    private static void fill(SegmentCache cache, TakeStore takes, TestTake take, int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            StreamKey stream = new StreamKey("live", "camera" + i);
            long number = FULL_HOUR + i % SEGMENTS_PER_HOUR;
            SegmentReply reply = takes.segment(STREAM, take.id(), number).join().orElseThrow();
            cache.of(stream).orElseThrow().offer(take.id(), number, reply.bytes());
        }
        for (int i = from; i < to; i++) {
            StreamKey stream = new StreamKey("live", "camera" + i);
            long number = FULL_HOUR + i % SEGMENTS_PER_HOUR;
            until(() -> cache.segment(stream, take.id(), number, Part.MUXED).isPresent());
        }
    }

    private static long usedBytes() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
