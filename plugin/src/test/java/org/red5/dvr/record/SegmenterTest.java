package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
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
            RandomStream stream = new RandomStream(seed, 900_000);
            String what = "seed " + seed + ": " + stream;
            SegmenterModel model = new SegmenterModel(stream.grid, stream.audioRate, stream.arrivals);
            assertEquals(model.accepted(), run(stream), what);
            assertAsExpected(model, stream, what);
            several += segments.size() > 2 ? 1 : 0;
        }
        assertTrue(several > ROUNDS / 2, several + " streams had more than two segments");
    }

    @Test
    void losesNothingHoweverLateAudioIs() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomStream stream = new RandomStream(seed, 9_000_000);
            String what = "seed " + seed + ": " + stream;
            int accepted = run(stream);
            List<Sample> video = new ArrayList<>();
            List<Sample> audio = new ArrayList<>();
            for (SegmenterModel.Arrival arrival : stream.arrivals.subList(0, accepted)) {
                (arrival.video() ? video : audio).add(arrival.sample());
            }
            assertNothingLost(video, audio, what);
            assertWellFormed(stream, what);
        }
    }

    @Test
    void aSegmentStartsAtTheFirstKeyFrameOfItsCell() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
        for (int second = 0; second < 12; second++) {
            assertTrue(segmenter.video(video(second * 1_000L, second % 3 == 0)));
        }
        segmenter.finish();
        assertEquals(List.of("0 at 0 for 6000", "1 at 6000 for 3000", "2 at 9000 for 3000"), described());
        assertTrue(segments.stream().allMatch(SegmentContent::independent));
    }

    @Test
    void aCellWithoutAKeyFrameStartsAtItsFirstFrameAndSaysSo() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
        for (int millis = 0; millis < 16_000; millis += 500) {
            assertTrue(segmenter.video(video(millis, millis == 0 || millis == 9_500)));
        }
        segmenter.finish();
        assertEquals(
                List.of("0 at 0 for 4000", "1 at 4000 for 5500", "2 at 9500 for 2500", "3 at 12000 for 4000"),
                described());
        assertEquals(
                List.of(true, false, true, false),
                segments.stream().map(SegmentContent::independent).toList());
    }

    @Test
    void frozenVideoIsCutByItsAudio() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
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
                List.of(true, false, false, false, true),
                segments.stream().map(SegmentContent::independent).toList());
        assertEquals(
                List.of(20, 0, 0, 0, 20),
                segments.stream().map(segment -> count(segment.video())).toList());
        assertEquals(
                List.of(40, 40, 40, 60, 20),
                segments.stream().map(segment -> count(segment.audio())).toList());
    }

    @Test
    void aKeyFrameThatComesAfterEarlyAudioStillStartsItsCell() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
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
                List.of("-1 at -100 for 100", "0 at 0 for 7800", "1 at 7800 for 3900", "2 at 11700 for 800"),
                described());
    }

    @Test
    void aCellWithoutAnySampleEndsTheTake() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
        assertTrue(segmenter.video(video(3_900, true)));
        assertTrue(segmenter.video(video(7_999, false)));
        assertFalse(segmenter.video(video(12_000, true)));
        assertFalse(audio(segmenter, 12_000));
        segmenter.finish();
        assertEquals(2, segments.size());
    }

    @Test
    void theLastSegmentLastsUntilItsLastPictureWasShown() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
        segmenter.video(sample(0, 80, true));
        segmenter.video(sample(40, 160, false));
        segmenter.video(sample(80, 0, false));
        segmenter.finish();
        assertEquals(List.of("0 at 80 for 160"), described());
    }

    /** A player that goes by the video must not begin the next take before this one's last sound is over. */
    @Test
    void theLastPictureStaysUntilTheLastSoundIsOver() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
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
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
        segmenter.video(video(0, true));
        audio(segmenter, 0);
        segmenter.video(video(3_000, false));
        segmenter.video(video(4_000, true));
        assertEquals(0, segments.size());
        audio(segmenter, 3_990);
        assertEquals(0, segments.size());
        audio(segmenter, 4_011);
        assertEquals(1, segments.size());
        assertEquals(2, count(segments.get(0).audio()));
    }

    @Test
    void audioThatStoppedIsNotWaitedForLongerThanASecond() {
        Segmenter segmenter = new Segmenter(GRID, true, segments::add);
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
        assertEquals(1, count(segments.get(1).audio()), "later than that, it goes with the segment after");
    }

    @Test
    void audioThatIsExpectedIsWaitedForBeforeItsFirstSample() {
        for (boolean expected : new boolean[] {false, true}) {
            segments.clear();
            Segmenter segmenter = new Segmenter(GRID, true, segments::add);
            if (expected) {
                segmenter.expectAudio();
            }
            segmenter.video(video(3_500, true));
            segmenter.video(video(4_000, true));
            assertEquals(expected ? 0 : 1, segments.size());
            audio(segmenter, 3_500);
            segmenter.finish();
            assertEquals(expected ? 1 : 0, count(segments.get(0).audio()));
        }
    }

    @Test
    void withoutASampleThereIsNoSegment() {
        new Segmenter(GRID, true, segments::add).finish();
        assertEquals(List.of(), segments);
    }

    private int run(RandomStream stream) {
        segments.clear();
        Segmenter segmenter = new Segmenter(stream.grid, stream.hasVideo, segments::add);
        if (stream.hasAudio) {
            segmenter.expectAudio();
        }
        int accepted = 0;
        for (SegmenterModel.Arrival arrival : stream.arrivals) {
            boolean added = arrival.video()
                    ? segmenter.video(arrival.sample())
                    : segmenter.audio(arrival.sample(), stream.audioRate, arrival.endTicks());
            if (!added) {
                break;
            }
            accepted++;
        }
        segmenter.finish();
        return accepted;
    }

    private void assertAsExpected(SegmenterModel model, RandomStream stream, String what) {
        List<SegmenterModel.Expected> expected = model.segments();
        assertEquals(expected.size(), segments.size(), what);
        for (int i = 0; i < segments.size(); i++) {
            SegmenterModel.Expected one = expected.get(i);
            SegmentContent segment = segments.get(i);
            String which = what + ", segment " + i + " of " + segments.size();
            assertEquals(one.number(), segment.number(), which);
            assertEquals(one.startMicros(), segment.startUtcMicros(), which);
            assertEquals(one.endMicros(), segment.endUtcMicros(), which);
            assertEquals(one.independent(), segment.independent(), which);
            assertEquals(one.video(), samples(segment.video()), which);
            assertEquals(one.audio(), samples(segment.audio()), which);
        }
        assertWellFormed(stream, what);
        assertNothingLost(model.video(), model.audio(), what);
    }

    /** What holds for all segments, whatever the stream was. */
    private void assertWellFormed(RandomStream stream, String what) {
        for (int i = 0; i < segments.size(); i++) {
            SegmentContent segment = segments.get(i);
            String which = what + ", segment " + i;
            assertEquals(stream.grid.numberAt(segment.startUtcMicros()), segment.number(), which);
            assertTrue(segment.durationMicros() > 0, which);
            if (i > 0) {
                assertEquals(segments.get(i - 1).number() + 1, segment.number(), which);
                assertEquals(segments.get(i - 1).endUtcMicros(), segment.startUtcMicros(), which);
            }
            if (segment.independent() && stream.hasVideo) {
                assertTrue(samples(segment.video()).get(0).key(), which);
            }
            segment.video().ifPresent(track -> assertTimesGrow(track, which));
            segment.audio().ifPresent(track -> assertTimesGrow(track, which));
        }
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
        assertEquals(video, videoOut, what);
        assertEquals(audio, audioOut, what);
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
