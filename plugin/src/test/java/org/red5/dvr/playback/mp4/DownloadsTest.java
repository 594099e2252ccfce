package org.red5.dvr.playback.mp4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Window;
import org.red5.dvr.playback.mp4.MadeUpRecording.Shape;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

class DownloadsTest {
    /** 2025-11-22T13:20:00Z. */
    private static final long START = 1_763_817_600_000_000L;

    private static final Shape REORDERED = new Shape(RealConfigurations.AVC_640X360, true, true, 1);
    private static final Shape SILENT = new Shape(RealConfigurations.AVC_1280X720, false, false, 1);
    private static final Shape RARE_KEYS = new Shape(RealConfigurations.AVC_1280X720, true, false, 3);

    /** Three takes of 20 s each: a hole of some 20 s, and one that is none. */
    private final MadeUpRecording recording = new MadeUpRecording()
            .take(Shape.PLAIN, START, 5, 1)
            .take(REORDERED, START + 40_000_000, 5, 2)
            .take(Shape.PLAIN, START + 60_200_000, 5, 3);

    private final Downloads downloads = downloads(recording);

    @Test
    void aWholeRecordingHasEverySampleOnceAndItsHolesAreCutOut() throws Exception {
        Download download = plain(downloads, START - 1_000_000, 100_000_000);
        Mp4File file = Mp4File.parse(bytes(download));
        assertEquals(List.of("ftyp", "moov", "mdat"), file.boxes());
        assertEquals(2, track(file, 1).configurations());
        assertEquals(1, track(file, 2).configurations());
        assertEquals(recording.video.size(), track(file, 1).samples().size());
        assertEquals(recording.audio.size(), track(file, 2).samples().size());
        requireSamples(file, START - 1_000_000, START + 99_000_000);
        assertEquals(3, download.holes().size());
        assertEquals(GapReason.NOT_PUBLISHED, download.holes().get(1).reason());
        long cut = shownAt(file, 1, recording.video.size() - 1)
                - (pts(recording.video.get(recording.video.size() - 1), 90_000) - START);
        assertNear(-20_000_000, cut, 100_000);
    }

    private static void assertNear(long expected, long actual, long mostOff) {
        assertTrue(Math.abs(actual - expected) <= mostOff, () -> actual + " instead of " + expected);
    }

    @Test
    void windowsOfAllKindsShowTheMomentsAskedFor() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            long from = START - 5_000_000 + random.nextInt(80_000_000);
            long duration = 1L + random.nextInt(random.nextBoolean() ? 60_000_000 : 900_000);
            Optional<Download> download = Optional.empty();
            try {
                download = Optional.of(plain(downloads, from, duration));
            } catch (PlaybackException e) {
                assertEquals(Kind.NOTHING_THERE, e.kind());
                assertTrue(recording.segments().stream()
                        .noneMatch(segment ->
                                segment.startUtcMicros() < from + duration && segment.endUtcMicros() > from));
            }
            if (download.isPresent()) {
                requireSamples(Mp4File.parse(bytes(download.get())), from, from + duration);
            }
        }
    }

    /**
     * All samples that begin in a window are there, in order, with their bytes; what is shown of both tracks is in step; and the picture can be
     * decoded from the first sample on.
     */
    private void requireSamples(Mp4File file, long from, long to) {
        long[] shifts = new long[2];
        long start = Math.max(from, firstRecorded(file));
        for (int id = 1; id <= 2; id++) {
            int timescale = id == 1 ? 90_000 : 48_000;
            List<Sample> all = id == 1 ? recording.video : recording.audio;
            Mp4File.Track track = file.tracks().get(id);
            if (track == null) {
                assertTrue(all.stream().noneMatch(sample -> isIn(sample, timescale, from, to)), "track " + id);
                continue;
            }
            List<Mp4File.Sample> samples = track.samples();
            assertTrue(samples.get(0).key());
            int first = indexOf(all, samples.get(0));
            for (int i = 0; i < samples.size(); i++) {
                Sample recorded = all.get(first + i);
                assertArrayEquals(recorded.data(), samples.get(i).data());
                assertEquals(recorded.key(), samples.get(i).key());
                assertEquals(recorded.compositionOffsetTicks(), samples.get(i).offsetTicks());
            }
            for (int i = 0; i < all.size(); i++) {
                boolean isThere = i >= first && i < first + samples.size();
                assertTrue(isThere || !isIn(all.get(i), timescale, from, to), "sample " + i + " of track " + id);
            }
            requireTimes(track, all, first, timescale);
            Mp4File.Sample last = samples.get(samples.size() - 1);
            shifts[id - 1] = track.shownAtMicros(last) - pts(all.get(first + samples.size() - 1), timescale);
            assertNear(start, pts(all.get(first), timescale) - track.shownAtMicros(samples.get(0)), 30);
        }
        if (file.tracks().size() == 2) {
            assertNear(shifts[0], shifts[1], 100);
        }
    }

    /** When the first sample is shown that a file has, by UTC. */
    private long firstRecorded(Mp4File file) {
        long first = Long.MAX_VALUE;
        for (int id : file.tracks().keySet()) {
            List<Sample> all = id == 1 ? recording.video : recording.audio;
            Sample sample = all.get(indexOf(all, track(file, id).samples().get(0)));
            first = Math.min(first, pts(sample, id == 1 ? 90_000 : 48_000));
        }
        return first;
    }

    /** Within a take times are as recorded, to the microsecond; between takes they go on. */
    private static void requireTimes(Mp4File.Track track, List<Sample> all, int first, int timescale) {
        long shift = track.samples().get(0).dtsTicks() - all.get(first).dtsTicks();
        for (int i = 0; i < track.samples().size(); i++) {
            Mp4File.Sample sample = track.samples().get(i);
            long now = sample.dtsTicks() - all.get(first + i).dtsTicks();
            if (now != shift) {
                assertTrue(shift - now < 25L * timescale, "cut " + (shift - now));
                long gap =
                        all.get(first + i).dtsTicks() - all.get(first + i - 1).dtsTicks();
                assertTrue(gap > timescale / 2, "no hole of " + gap + " at " + i);
                shift = now;
            }
        }
        assertEquals(timescale, track.timescale());
    }

    private static boolean isIn(Sample sample, int timescale, long from, long to) {
        long at = pts(sample, timescale);
        return at >= from && at < to;
    }

    private static int indexOf(List<Sample> all, Mp4File.Sample sample) {
        for (int i = 0; i < all.size(); i++) {
            if (Arrays.equals(all.get(i).data(), sample.data())) {
                return i;
            }
        }
        throw new AssertionError("a sample that was never recorded");
    }

    private static long pts(Sample sample, int timescale) {
        return Ticks.toMicros(sample.ptsTicks(), timescale);
    }

    private static long shownAt(Mp4File file, int id, int sample) {
        return track(file, id).shownAtMicros(track(file, id).samples().get(sample));
    }

    private static Mp4File.Track track(Mp4File file, int id) {
        return Optional.ofNullable(file.tracks().get(id)).orElseThrow();
    }

    @Test
    void partsPutTogetherAreTheFile() throws Exception {
        Download download = plain(downloads, START + 3_000_000, 60_000_000);
        byte[] whole = bytes(download);
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            int from = random.nextInt(whole.length);
            int length = 1 + random.nextInt(Math.min(whole.length - from, 5_000));
            assertArrayEquals(
                    Arrays.copyOfRange(whole, from, from + length),
                    download.bytes().read(from, length),
                    from + " to " + (from + length));
        }
    }

    @Test
    void aFileIsNamedByWhatItHasAndIsTheSameFromEveryServer() throws Exception {
        Download here = plain(downloads, START, 70_000_000);
        Download there = plain(new Downloads(playback(new Distant(recording))), START, 70_000_000);
        assertEquals(here.digest(), there.digest());
        assertArrayEquals(bytes(here), bytes(there));
        assertEquals(here.digest(), plain(downloads, START, 70_000_000).digest());
        assertNotEquals(here.digest(), plain(downloads, START, 70_000_001).digest());
        assertNotEquals(
                plain(downloads, START, 10_000_000).digest(),
                fragmented(downloads, START, 10_000_000).digest());
    }

    /** A server that has nothing itself: all that it gives comes later. */
    private static class Distant implements Resolver {
        private final Resolver behind;

        Distant(MadeUpRecording recording) {
            this.behind = new OwnResolver("origin", recording, SegmentGrid.DEFAULT);
        }

        @Override
        public CompletableFuture<List<StreamListing>> streams() {
            return behind.streams();
        }

        @Override
        public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
            return CompletableFuture.supplyAsync(
                    () -> behind.timeline(stream, window).join());
        }

        @Override
        public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
            return behind.take(stream, take);
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
            return CompletableFuture.supplyAsync(
                    () -> behind.fetchInitSegment(stream, take, part).join());
        }

        @Override
        public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
            return CompletableFuture.supplyAsync(
                    () -> behind.fetchSegment(stream, take, number, part).join());
        }
    }

    @Test
    void aWindowThatBeginsWithoutAKeyFrameHasTheSegmentsBefore() throws Exception {
        MadeUpRecording rare = new MadeUpRecording().take(RARE_KEYS, START, 9, 4);
        long from = START + 17_500_000;
        Mp4File file = Mp4File.parse(bytes(plain(downloads(rare), from, 3_000_000)));
        Mp4File.Sample first = track(file, 1).samples().get(0);
        assertTrue(first.key());
        assertNear(START + 12_000_000 - from, track(file, 1).shownAtMicros(first), 100_000);
        assertEquals(3_000_000, track(file, 1).shownMicros());
        assertEquals(0, track(file, 1).emptyMicros());
        assertTrue(
                track(file, 2).samples().size() < 145, track(file, 2).samples().size() + " units of sound");
    }

    @Test
    void aTakeWithoutSoundIsSilent() throws Exception {
        MadeUpRecording some = new MadeUpRecording()
                .take(Shape.PLAIN, START, 3, 1)
                .take(SILENT, START + 12_100_000, 3, 2)
                .take(Shape.PLAIN, START + 24_300_000, 3, 3);
        Mp4File file = Mp4File.parse(bytes(plain(downloads(some), START, 60_000_000)));
        assertEquals(some.video.size(), track(file, 1).samples().size());
        assertEquals(some.audio.size(), track(file, 2).samples().size());
        int last = some.audio.size() - 1;
        int frame = some.video.size() - 1;
        assertNear(
                pts(some.video.get(frame), 90_000) - pts(some.audio.get(last), 48_000),
                shownAt(file, 1, frame) - shownAt(file, 2, last),
                100);
        assertEquals(
                List.of("ftyp", "moov", "mdat"),
                Mp4File.parse(bytes(plain(downloads(some), START + 13_000_000, 5_000_000)))
                        .boxes());
    }

    @Test
    void otherCodecsAreNotOneFile() {
        MadeUpRecording mixed =
                new MadeUpRecording().take(Shape.PLAIN, START, 3, 1).hevcTake(START + 20_000_000, 3, 2);
        PlaybackException refused =
                assertThrows(PlaybackException.class, () -> plain(downloads(mixed), START, 60_000_000));
        assertEquals(Kind.MIXED, refused.kind());
        assertTrue(refused.getMessage().contains("(Unix seconds 1763817620)"), refused.getMessage());
    }

    @Test
    void fragmentsComeAsTheyAreRecorded() throws Exception {
        List<Segment> segments = recording.segments().subList(0, 5);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.writeBytes(recording.init(segments.get(0).take()));
        segments.subList(1, 4).forEach(segment -> expected.writeBytes(recording.bytes(segment)));
        Download download = fragmented(downloads, START + 5_000_000, 10_000_000);
        assertArrayEquals(expected.toByteArray(), bytes(download));
        PlaybackException refused =
                assertThrows(PlaybackException.class, () -> fragmented(downloads, START, 60_000_000));
        assertEquals(Kind.MIXED, refused.kind());
    }

    @Test
    void whatMayBeAtServersThatDoNotAnswerIsNotLeftOut() {
        Resolver half = new Distant(recording) {
            @Override
            public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
                return super.timeline(stream, window).thenApply(found -> found.map(DownloadsTest::unanswered));
            }
        };
        PlaybackException refused =
                assertThrows(PlaybackException.class, () -> plain(new Downloads(playback(half)), START, 60_000_000));
        assertEquals(Kind.UNREACHABLE, refused.kind());
        assertTrue(refused.getMessage().contains("b1 (connection refused)"), refused.getMessage());
    }

    private static Timeline unanswered(Timeline whole) {
        List<Timeline.Gap> gaps = new ArrayList<>();
        whole.gaps().forEach(gap -> gaps.add(new Timeline.Gap(gap.range(), GapReason.NOT_REACHABLE)));
        return new Timeline(
                whole.window(),
                whole.segments(),
                whole.servers(),
                whole.leftOut(),
                gaps,
                whole.live(),
                whole.span(),
                List.of(new Unanswered("b1", "connection refused")));
    }

    @Test
    void windowsMayBeOfAnyLength() throws Exception {
        byte[] all = bytes(plain(downloads, START - 1_000_000, 500_000_000));
        Mp4File whole = Mp4File.parse(bytes(plain(downloads, 0, 40L * 365 * 86_400 * 1_000_000 * 10)));
        assertEquals(recording.video.size(), track(whole, 1).samples().size());
        Download until = downloads
                .plain(MadeUpRecording.CAMERA, new Window.Since(START - 1_000_000))
                .get();
        assertEquals(all.length, until.bytes().lengthBytes());
    }

    private static Download plain(Downloads downloads, long from, long duration) throws Exception {
        return of(downloads.plain(MadeUpRecording.CAMERA, new Window.Past(from, duration)));
    }

    private static Download fragmented(Downloads downloads, long from, long duration) throws Exception {
        return of(downloads.fragmented(MadeUpRecording.CAMERA, new Window.Past(from, duration)));
    }

    private static Download of(CompletableFuture<Download> download) throws Exception {
        try {
            return download.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof PlaybackException refused ? refused : e;
        }
    }

    private static byte[] bytes(Download download) throws IOException {
        return download.bytes().read(0, Math.toIntExact(download.bytes().lengthBytes()));
    }

    private static Downloads downloads(MadeUpRecording recording) {
        return new Downloads(playback(new OwnResolver("origin", recording, SegmentGrid.DEFAULT)));
    }

    private static Playback playback(Resolver resolver) {
        return new Playback(
                resolver,
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(60),
                Clock.fixed(Instant.ofEpochSecond(START / 1_000_000 + 401), ZoneOffset.UTC));
    }
}
