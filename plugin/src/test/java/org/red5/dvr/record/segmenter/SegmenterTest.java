package org.red5.dvr.record.segmenter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.record.RandomStream;
import org.red5.dvr.record.TestTracks;
import org.red5.dvr.timeline.SegmentGrid;

class SegmenterTest {
    private static final int ROUNDS = 1_200;
    private static final int RATE = 48_000;
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    /** The cell in which the hand-made streams start. */
    private static final long CELL = 448_838_325L;

    private final List<SegmentContent> segments = new ArrayList<>();

    @Test
    void cutsAnyStreamAsTheRuleSays() {
        int several = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            // Tracks that are further apart are not stamped by one clock.
            several += run(seed, 900_000) > 2 ? 1 : 0;
        }
        assertTrue(several > ROUNDS / 2, several + " streams had more than two segments");
    }

    @Test
    void losesNothingHoweverLateAudioIs() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            run(seed, 9_000_000);
        }
    }

    @Test
    void aSegmentStartsAtTheFirstKeyFrameOfItsCell() {
        Segmenter segmenter = segmenter(false);
        for (int second = 0; second < 12; second++) {
            assertTrue(segmenter.video(video(second * 1_000L, second % 3 == 0)));
        }
        segmenter.finish();
        assertEquals(List.of("0 at 0 for 6000", "1 at 6000 for 3000", "2 at 9000 for 3000"), described());
        assertTrue(segments.stream().allMatch(SegmentContent::independent));
    }

    @Test
    void aCellWithoutAKeyFrameStartsAtItsFirstFrameAndSaysSo() {
        Segmenter segmenter = segmenter(false);
        for (int millis = 0; millis < 16_000; millis += 500) {
            assertTrue(segmenter.video(video(millis, millis == 0 || millis == 9_500)));
        }
        segmenter.finish();
        assertEquals(
                List.of("0 at 0 for 4000", "1 at 4000 for 5500", "2 at 9500 for 6500"),
                described(),
                "the rest without a key frame stays where it is");
        assertEquals(
                List.of(true, false, true),
                segments.stream().map(SegmentContent::independent).toList());
    }

    @Test
    void frozenVideoIsCutByItsAudio() {
        Segmenter segmenter = segmenter(true);
        for (int millis = 0; millis < 20_000; millis += 100) {
            if (millis < 2_000 || millis >= 18_000) {
                assertTrue(segmenter.video(video(millis, millis == 0 || millis == 18_000)));
            }
            assertTrue(audio(segmenter, millis));
        }
        segmenter.finish();
        assertEquals(
                List.of(
                        "0 at 0 for 4000",
                        "1 at 4000 for 4000",
                        "2 at 8000 for 4000",
                        "3 at 12000 for 6000",
                        "4 at 18000 for 2000"),
                described());
        assertEquals(
                List.of(true, true, true, true, true),
                segments.stream().map(SegmentContent::independent).toList());
        assertEquals(
                List.of(20, 1, 1, 1, 20),
                segments.stream().map(segment -> count(segment.video())).toList());
        assertEquals(
                List.of(40, 40, 40, 60, 20),
                segments.stream().map(segment -> count(segment.audio())).toList());
    }

    @Test
    void aKeyFrameThatComesAfterEarlyAudioStillStartsItsCell() {
        Segmenter segmenter = segmenter(true);
        for (int millis = 0; millis < 12_500; millis += 100) {
            if (millis >= 500) {
                assertTrue(segmenter.video(video(millis - 500, (millis - 500) % 3_900 == 0)));
            } else if (millis == 0) {
                assertTrue(segmenter.video(video(-100, true)));
            }
            assertTrue(audio(segmenter, millis));
        }
        segmenter.finish();
        assertEquals(
                List.of("-1 at -100 for 4000", "0 at 3900 for 3900", "1 at 7800 for 3900", "2 at 11700 for 800"),
                described());
    }

    @Test
    void soundThatBeginsATakeIsSeenWithItsFirstPicture() {
        for (int early : List.of(50, 100)) {
            segments.clear();
            Segmenter segmenter = segmenter(true);
            for (int millis = 100; millis < 3_000; millis += 50) {
                assertTrue(millis % 100 != 0 || audio(segmenter, millis));
                if (millis >= 100 + early) {
                    assertTrue(segmenter.video(video(millis, millis == 100 + early)));
                }
            }
            segmenter.finish();
            List<Sample> pictures = segments.get(0).video().orElseThrow().samples();
            boolean isFilled = early > 50;
            assertEquals(List.of(isFilled ? "0 at 100 for 2900" : "0 at 150 for 2850"), described());
            assertEquals(57, pictures.size());
            assertEquals(
                    segments.get(0).startUtcMicros(),
                    Ticks.toMicros(pictures.get(0).ptsTicks(), VideoConfig.TIMESCALE));
            assertTrue(pictures.get(0).key());
            assertEquals(!isFilled, isOfStream(pictures.get(0)));
        }
    }

    /** Players that put the first decoding time where an entry of a list begins have something to show from there on. */
    @Test
    void aTakeWhosePicturesAreDecodedLongBeforeTheyAreShownBeginsWithTheirDecoding() {
        Map<Integer, String> starts = Map.of(80, "0 at 80 for 2000", 200, "0 at 0 for 2200", 700, "0 at 300 for 2400");
        starts.forEach((offset, start) -> {
            segments.clear();
            Segmenter segmenter = segmenter(false);
            for (int millis = 0; millis < 2_000; millis += 100) {
                assertTrue(segmenter.video(sample(millis, offset, millis == 0)));
            }
            segmenter.finish();
            List<Sample> pictures = samples(segments.get(0).video());
            assertEquals(List.of(start), described());
            assertTrue(segments.get(0).independent());
            assertEquals(offset > 90, !isOfStream(pictures.get(0)), "the first picture stands once more");
            assertEquals(
                    segments.get(0).startUtcMicros(),
                    Ticks.toMicros(pictures.get(0).ptsTicks(), VideoConfig.TIMESCALE));
            assertEquals(20, pictures.stream().filter(SegmenterTest::isOfStream).count());
        });
    }

    @Test
    void aTakeThatBeginsInTheMiddleOfAGroupBeginsWithItsFirstPicture() {
        Segmenter segmenter = segmenter(false);
        for (int millis = 0; millis < 2_000; millis += 100) {
            assertTrue(segmenter.video(sample(millis, 200, false)));
        }
        segmenter.finish();
        assertEquals(List.of("0 at 200 for 2000"), described());
    }

    @Test
    void aCellWithoutAnySampleEndsTheTake() {
        Segmenter segmenter = segmenter(true);
        for (int millis = 3_900; millis < 8_000; millis += 100) {
            assertTrue(segmenter.video(video(millis, millis == 3_900)));
        }
        assertFalse(segmenter.video(video(12_000, true)));
        assertFalse(audio(segmenter, 12_000));
        segmenter.finish();
        assertEquals(List.of("0 at 3900 for 4100"), described());
    }

    @Test
    void stillPicturesMayBeAMinuteApart() {
        Segmenter segmenter = segmenter(false);
        for (int millis = 0; millis <= 180_000; millis += 60_000) {
            assertTrue(segmenter.video(video(millis, true)));
        }
        segmenter.finish();
        assertEquals(45, segments.size());
        for (int i = 0; i < segments.size(); i++) {
            assertEquals(CELL + i, segments.get(i).number());
            assertEquals(1, count(segments.get(i).video()), "the last picture stands in each cell");
        }
        assertFalse(segmenter.video(video(310_000, true)), "no longer than two minutes are waited for");
    }

    @Test
    void silenceStandsWhereSoundPauses() {
        Segmenter segmenter = segmenter(true);
        for (int millis = 0; millis < 20_000; millis += 100) {
            assertTrue(segmenter.video(video(millis, millis % 2_000 == 0)));
            if (millis < 2_000 || millis >= 13_000) {
                assertTrue(audio(segmenter, millis));
            }
        }
        segmenter.finish();
        long end = -1;
        for (SegmentContent segment : segments) {
            SegmentContent.Track sound = segment.audio().orElseThrow();
            long start = Ticks.toMicros(sound.samples().get(0).dtsTicks(), RATE);
            assertTrue(end < 0 || start - end < 100_000, "no sound for " + (start - end) + " us");
            end = Ticks.toMicros(sound.endTicks(), RATE);
        }
        assertEquals(
                90,
                segments.stream()
                        .flatMap(one -> samples(one.audio()).stream())
                        .filter(SegmenterTest::isOfStream)
                        .count());
    }

    /** The last segment of a take of three seconds whose sound ends before. */
    private SegmentContent lastWithSoundUntil(int soundMillis) {
        Segmenter segmenter = segmenter(true);
        for (int millis = 0; millis < 3_000; millis += 100) {
            assertTrue(segmenter.video(video(millis, millis % 2_000 == 0)));
            if (millis < soundMillis) {
                assertTrue(audio(segmenter, millis));
            }
        }
        segmenter.finish();
        return segments.get(segments.size() - 1);
    }

    @Test
    void soundThatIsCutShortAtTheEndGoesOnInSilence() {
        SegmentContent last = lastWithSoundUntil(2_700);
        long end = Ticks.toMicros(last.audio().orElseThrow().endTicks(), RATE);
        assertEquals(last.endUtcMicros(), end, 100_000.0);
        assertEquals(27, sent(last.audio()));
    }

    @Test
    void soundThatEndsALittleBeforeThePicturesGoesOnInSilenceUntilTheyAreOver() {
        SegmentContent last = lastWithSoundUntil(2_800);
        List<Sample> sound = samples(last.audio());
        assertEquals(28, sent(last.audio()));
        assertEquals(28 + 200 * 48 / 1_024, sound.size());
        assertEquals(
                last.endUtcMicros(), Ticks.toMicros(last.audio().orElseThrow().endTicks(), RATE));
        long lastTicks = last.audio().orElseThrow().endTicks()
                - sound.get(sound.size() - 1).dtsTicks();
        assertTrue(lastTicks < 2 * 1_024, "the last frame lasts " + lastTicks);
    }

    @Test
    void theLastSegmentLastsUntilItsLastPictureWasShown() {
        Segmenter segmenter = segmenter(true);
        segmenter.video(sample(0, 80, true));
        segmenter.video(sample(40, 160, false));
        segmenter.video(sample(80, 0, false));
        segmenter.finish();
        assertEquals(List.of("0 at 80 for 160"), described());
    }

    /** A player that goes by the video must not begin the next take before this one's last sound is over. */
    @Test
    void theLastPictureStaysUntilTheLastSoundIsOver() {
        Segmenter segmenter = segmenter(true);
        segmenter.video(video(0, true));
        segmenter.video(video(40, false));
        audio(segmenter, 0);
        audio(segmenter, 500);
        segmenter.finish();
        SegmentContent.Track sound = segments.get(0).audio().orElseThrow();
        long soundMicros = Ticks.toMicros(sound.endTicks(), RATE);
        assertEquals(GRID.startUtcMicros(CELL) + 600_000, soundMicros, 10.0);
        assertEquals(soundMicros, segments.get(0).endUtcMicros());
        long pictureMicros =
                Ticks.toMicros(segments.get(0).video().orElseThrow().endTicks(), VideoConfig.TIMESCALE);
        assertEquals(soundMicros, pictureMicros, 12.0);
    }

    @Test
    void aSegmentIsGivenOutAsSoonAsItIsWhole() {
        Segmenter segmenter = segmenter(true);
        segmenter.video(video(0, true));
        audio(segmenter, 0);
        segmenter.video(video(3_000, false));
        segmenter.video(video(4_000, true));
        assertEquals(0, segments.size());
        audio(segmenter, 3_990);
        assertEquals(0, segments.size());
        audio(segmenter, 4_011);
        segmenter.video(video(4_460, false));
        assertEquals(0, segments.size(), "the next would be too short, if it ended now");
        segmenter.video(video(4_500, false));
        assertEquals(1, segments.size());
        assertEquals(2, sent(segments.get(0).audio()));
    }

    @Test
    void audioThatStoppedIsNotWaitedForLongerThanASecond() {
        Segmenter segmenter = segmenter(true);
        segmenter.video(video(0, true));
        audio(segmenter, 0);
        segmenter.video(video(3_000, false));
        segmenter.video(video(4_000, true));
        segmenter.video(video(4_960, false));
        assertEquals(0, segments.size());
        segmenter.video(video(5_000, false));
        assertEquals(1, segments.size());
        audio(segmenter, 3_000);
        segmenter.finish();
        assertEquals(1, sent(segments.get(1).audio()), "later than that, it goes with the segment after");
    }

    @Test
    void audioThatIsExpectedIsWaitedForBeforeItsFirstSample() {
        for (boolean expected : new boolean[] {false, true}) {
            segments.clear();
            Segmenter segmenter = segmenter(expected);
            segmenter.video(video(500, true));
            segmenter.video(video(4_000, true));
            segmenter.video(video(4_500, false));
            assertEquals(expected ? 0 : 1, segments.size());
            segmenter.finish();
        }
    }

    /** As at a reconnect: the number of the cell is taken. */
    @Test
    void aTakeThatBeginsAheadOfTheGridComesBackToIt() {
        Segmenter segmenter =
                new Segmenter(GRID, CELL + 1, Optional.of(TestTracks.VIDEO), Optional.empty(), segments::add);
        for (int millis = 3_000; millis < 28_000; millis += 100) {
            assertTrue(segmenter.video(video(millis, millis % 2_000 == 1_000)));
        }
        segmenter.finish();
        assertEquals(
                List.of(
                        "1 at 3000 for 4000",
                        "2 at 7000 for 4000",
                        "3 at 11000 for 4000",
                        "4 at 15000 for 6000",
                        "5 at 21000 for 4000",
                        "6 at 25000 for 3000"),
                described());
    }

    @Test
    void twoAheadItTakesTwoSegmentsToComeBack() {
        Segmenter segmenter =
                new Segmenter(GRID, CELL + 2, Optional.of(TestTracks.VIDEO), Optional.empty(), segments::add);
        for (int millis = 1_000; millis < 20_000; millis += 100) {
            assertTrue(segmenter.video(video(millis, millis % 3_000 == 1_000)));
        }
        segmenter.finish();
        assertEquals(
                List.of("2 at 1000 for 6000", "3 at 7000 for 6000", "4 at 13000 for 6000", "5 at 19000 for 1000"),
                described());
        assertTrue(segments.stream().allMatch(SegmentContent::independent));
    }

    @Test
    void withoutKeyFramesASegmentAheadEndsWhereTwoCellsDo() {
        Segmenter segmenter =
                new Segmenter(GRID, CELL + 2, Optional.of(TestTracks.VIDEO), Optional.empty(), segments::add);
        for (int millis = 1_000; millis < 30_000; millis += 100) {
            assertTrue(segmenter.video(video(millis, millis == 1_000)));
        }
        segmenter.finish();
        assertEquals("2 at 1000 for 8000", described().get(0));
        assertFalse(segments.get(1).independent());
    }

    @Test
    void withoutASampleThereIsNoSegment() {
        segmenter(true).finish();
        assertEquals(List.of(), segments);
    }

    /** Gives how many segments there were. */
    private int run(int seed, long mostLagMicros) {
        segments.clear();
        RandomStream stream = new RandomStream(seed, mostLagMicros);
        int ahead = seed % 3;
        long cell = stream.grid.numberAt(start(stream, stream.arrivals.get(0)));
        String what = "seed " + seed + ", " + ahead + " ahead: " + stream;
        Segmenter segmenter = new Segmenter(
                stream.grid,
                cell + ahead,
                stream.hasVideo ? Optional.of(TestTracks.VIDEO) : Optional.empty(),
                stream.hasAudio ? Optional.of(TestTracks.audio(stream.audioRate)) : Optional.empty(),
                segments::add);
        List<Sample> video = new ArrayList<>();
        List<Sample> audio = new ArrayList<>();
        for (RandomStream.Arrival arrival : stream.arrivals) {
            boolean added = arrival.video()
                    ? segmenter.video(arrival.sample())
                    : segmenter.audio(arrival.sample(), stream.audioRate, arrival.endTicks());
            if (!added) {
                break;
            }
            (arrival.video() ? video : audio).add(arrival.sample());
        }
        segmenter.finish();
        assertNothingLost(video, audio, what);
        assertWellFormed(stream, cell + ahead, what);
        return segments.size();
    }

    /** When a take starts whose first sample it is: where decoding takes long, when that begins. */
    private static long start(RandomStream stream, RandomStream.Arrival first) {
        int timescale = first.video() ? VideoConfig.TIMESCALE : stream.audioRate;
        long shown = Ticks.toMicros(first.sample().ptsTicks(), timescale);
        long delay = shown - Ticks.toMicros(first.sample().dtsTicks(), timescale);
        return delay > 90_000 ? shown - Math.min(400_000, delay) : shown;
    }

    /** What holds for all segments, whatever the stream was. */
    private void assertWellFormed(RandomStream stream, long firstNumber, String what) {
        for (int i = 0; i < segments.size(); i++) {
            SegmentContent segment = segments.get(i);
            String which = what + ", segment " + i + " of " + segments.size();
            assertEquals(firstNumber + i, segment.number(), which);
            long ahead = segment.number() - stream.grid.numberAt(segment.startUtcMicros());
            assertTrue(ahead >= 0 && ahead <= (i == 0 ? 2 : ahead(stream, i - 1)), which + " is " + ahead + " ahead");
            assertTrue(
                    segment.durationMicros() <= 2 * stream.grid.periodMicros(),
                    which + " lasts " + segment.durationMicros());
            assertTrue(
                    segments.size() == 1 || segment.durationMicros() >= 500_000,
                    which + " lasts " + segment.durationMicros());
            if (i > 0) {
                assertEquals(segments.get(i - 1).endUtcMicros(), segment.startUtcMicros(), which);
                assertCut(stream, segments.get(i - 1), segment, which);
            }
            segment.video().ifPresent(track -> assertTimesGrow(track, which));
            segment.audio().ifPresent(track -> assertTimesGrow(track, which));
        }
    }

    private long ahead(RandomStream stream, int i) {
        SegmentContent segment = segments.get(i);
        return segment.number() - stream.grid.numberAt(segment.startUtcMicros());
    }

    /**
     * A segment ends at the first key frame of the next cell, where one comes in time; the first three of a take that is one ahead at the
     * first behind 15/16 of a cell.
     */
    private void assertCut(RandomStream stream, SegmentContent before, SegmentContent segment, String which) {
        long least = segments.indexOf(before) == 0 && !(stream.hasVideo && stream.hasAudio)
                ? Math.min(3_000_000, stream.grid.periodMicros())
                : 500_000;
        int index = segments.indexOf(before);
        long period = stream.grid.periodMicros();
        boolean isShort = index < 3 && ahead(stream, index) == 1;
        long whole = isShort
                ? Math.max(stream.grid.startUtcMicros(before.number()), before.startUtcMicros() + period * 15 / 16)
                : stream.grid.startUtcMicros(before.number() + 1);
        long from = Math.max(whole, before.startUtcMicros() + least);
        long to = Math.min(
                stream.grid.startUtcMicros(before.number() + 2) - 1,
                before.startUtcMicros() + 2 * stream.grid.periodMicros());
        List<Long> keys = new ArrayList<>();
        for (SegmentContent either : List.of(before, segment)) {
            for (Sample sample : samples(either.video())) {
                long micros = Ticks.toMicros(sample.ptsTicks(), VideoConfig.TIMESCALE);
                // One of the last half second may be too late for a segment of its own.
                if (sample.key() && isOfStream(sample) && micros >= from && micros <= to) {
                    keys.add(micros);
                }
            }
        }
        if (stream.hasVideo && !keys.isEmpty() && segments.indexOf(segment) < segments.size() - 1) {
            assertEquals(keys.get(0), segment.startUtcMicros(), which);
            assertTrue(segment.independent(), which);
        }
        if (segment.independent() && stream.hasVideo) {
            assertTrue(samples(segment.video()).get(0).key(), which);
        }
    }

    /** Whether a sample was sent, and not made to fill a pause. */
    private static boolean isOfStream(Sample sample) {
        return sample.data().length == 1;
    }

    private static void assertTimesGrow(SegmentContent.Track track, String what) {
        ToLongFunction<Sample> time = Sample::dtsTicks;
        long previous = Long.MIN_VALUE;
        for (Sample sample : track.samples()) {
            assertTrue(time.applyAsLong(sample) > previous, what);
            previous = time.applyAsLong(sample);
        }
        assertTrue(track.endTicks() > previous, what + ": ends at " + track.endTicks());
    }

    private void assertNothingLost(List<Sample> video, List<Sample> audio, String what) {
        List<Sample> videoOut = new ArrayList<>();
        List<Sample> audioOut = new ArrayList<>();
        for (SegmentContent segment : segments) {
            videoOut.addAll(samples(segment.video()));
            audioOut.addAll(samples(segment.audio()));
        }
        assertEquals(video, videoOut.stream().filter(SegmenterTest::isOfStream).toList(), what);
        assertEquals(audio, audioOut.stream().filter(SegmenterTest::isOfStream).toList(), what);
    }

    private Segmenter segmenter(boolean withAudio) {
        Optional<AudioConfig> audio = withAudio ? Optional.of(TestTracks.audio(RATE)) : Optional.empty();
        return new Segmenter(GRID, Long.MIN_VALUE, Optional.of(TestTracks.VIDEO), audio, segments::add);
    }

    /** Segments as number, start and duration, counted from {@link #CELL} and its start. */
    private List<String> described() {
        long zero = GRID.startUtcMicros(CELL);
        return segments.stream()
                .map(segment -> (segment.number() - CELL) + " at " + (segment.startUtcMicros() - zero) / 1_000 + " for "
                        + segment.durationMicros() / 1_000)
                .toList();
    }

    private static List<Sample> samples(Optional<SegmentContent.Track> track) {
        return track.map(SegmentContent.Track::samples).orElse(List.of());
    }

    private static long sent(Optional<SegmentContent.Track> track) {
        return samples(track).stream().filter(SegmenterTest::isOfStream).count();
    }

    private static int count(Optional<SegmentContent.Track> track) {
        return samples(track).size();
    }

    private static Sample video(long millis, boolean key) {
        return sample(millis, 0, key);
    }

    private static Sample sample(long millis, int offsetMillis, boolean key) {
        long micros = GRID.startUtcMicros(CELL) + millis * 1_000;
        return new Sample(Ticks.ofMicros(micros, VideoConfig.TIMESCALE), offsetMillis * 90, key, new byte[1], 0, 1);
    }

    private static boolean audio(Segmenter segmenter, long millis) {
        long dts = Ticks.ofMicros(GRID.startUtcMicros(CELL) + millis * 1_000, RATE);
        return segmenter.audio(new Sample(dts, 0, true, new byte[1], 0, 1), RATE, dts + RATE / 10);
    }
}
