package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.record.segmenter.Segmenter;
import org.red5.dvr.timeline.SegmentGrid;

/** An encoder whose clock drifts is recorded for a week: clock, times of audio and segments together. */
class DriftOfAWeekTest {
    private static final long START_MICROS = 1_795_353_300_000_000L;
    private static final long WEEK_MILLIS = 7 * 24 * 3_600_000L;
    private static final int FRAME_MILLIS = 200;
    private static final int GOP_FRAMES = 10;
    private static final int SAMPLE_RATE = 11_025;
    private static final int AUDIO_FRAME_TICKS = 1_024;
    private static final byte[] BODY = new byte[1];

    private final MediaClock clock = new MediaClock();
    private final AudioTimes audioTimes = new AudioTimes(SAMPLE_RATE);
    private final Segmenter segmenter = new Segmenter(
            SegmentGrid.DEFAULT,
            Long.MIN_VALUE,
            Optional.of(TestTracks.VIDEO),
            Optional.of(TestTracks.audio(SAMPLE_RATE)),
            this::segment);
    private final Random random = new Random(5);
    private double rate;
    private long mostOffMicros;
    private long mostVideoStepMicros;
    private long mostAudioStepMicros;
    private long lastVideoMicros = -1;
    private long lastAudioTicks = -1;
    private long lastNumber = -1;
    private long segments;
    private long dependentSegments;

    @ParameterizedTest
    @ValueSource(ints = {200, -200})
    void isNeverFarOffAndHasNoBreak(int partsPerMillion) {
        rate = 1 + partsPerMillion * 1e-6;
        long audioFrames = 0;
        for (long frame = 0; frame * FRAME_MILLIS < WEEK_MILLIS; frame++) {
            long millis = frame * FRAME_MILLIS;
            long audioMillis = audioMillis(audioFrames);
            while (audioMillis < millis) {
                audio(audioMillis);
                audioFrames++;
                audioMillis = audioMillis(audioFrames);
            }
            video(millis, frame % GOP_FRAMES == 0);
        }
        segmenter.finish();
        assertTrue(mostOffMicros < 500_000, "off by " + mostOffMicros + " us");
        assertTrue(mostVideoStepMicros <= 2_000, "a picture is moved by " + mostVideoStepMicros + " us");
        assertTrue(mostAudioStepMicros <= 2_000, "sound is moved by " + mostAudioStepMicros + " us");
        assertTrue(dependentSegments <= 1, "only what is left at the end starts at no key frame");
        assertEquals(WEEK_MILLIS / 4_000.0 * rate, segments, 2);
    }

    private static long audioMillis(long frame) {
        return frame * AUDIO_FRAME_TICKS * 1_000 / SAMPLE_RATE;
    }

    private long utcMicros(long millis) {
        long truth = START_MICROS + Math.round(millis * 1_000 * rate);
        assertFalse(clock.isLost(), "a break at " + millis + " ms");
        long arrival = truth + random.nextInt(25_000);
        clock.observe(millis, arrival);
        if (!clock.isAnchored() && clock.canAnchor(arrival)) {
            clock.anchor(arrival);
        }
        long mapped = clock.isAnchored() ? clock.utcMicros(millis) : -1;
        if (mapped >= 0) {
            mostOffMicros = Math.max(mostOffMicros, Math.abs(mapped - truth));
        }
        return mapped;
    }

    private void video(long millis, boolean key) {
        long micros = utcMicros(millis);
        if (micros < 0 || (lastVideoMicros < 0 && !key)) {
            return;
        }
        if (lastVideoMicros >= 0) {
            long moved = Math.abs(micros - lastVideoMicros - FRAME_MILLIS * 1_000);
            mostVideoStepMicros = Math.max(mostVideoStepMicros, moved);
        }
        lastVideoMicros = micros;
        long dts = Ticks.ofMicros(micros, VideoConfig.TIMESCALE);
        assertTrue(segmenter.video(new Sample(dts, 0, key, BODY, 0, 1)), "the take ends at " + millis + " ms");
    }

    private void audio(long millis) {
        long micros = utcMicros(millis);
        if (lastVideoMicros < 0) {
            return;
        }
        long ticks = audioTimes.next(micros, AUDIO_FRAME_TICKS);
        if (lastAudioTicks >= 0) {
            long moved = Math.abs(ticks - lastAudioTicks - AUDIO_FRAME_TICKS) * 1_000_000 / SAMPLE_RATE;
            mostAudioStepMicros = Math.max(mostAudioStepMicros, moved);
        }
        lastAudioTicks = ticks;
        mostOffMicros = Math.max(
                mostOffMicros,
                Math.abs(Ticks.toMicros(ticks, SAMPLE_RATE) - START_MICROS - Math.round(millis * 1_000 * rate)));
        Sample sample = new Sample(ticks, 0, true, BODY, 0, 1);
        assertTrue(segmenter.audio(sample, SAMPLE_RATE, audioTimes.endTicks()), "the take ends at " + millis + " ms");
    }

    private void segment(SegmentContent content) {
        assertTrue(lastNumber < 0 || content.number() == lastNumber + 1, content.number() + " after " + lastNumber);
        dependentSegments += content.independent() ? 0 : 1;
        lastNumber = content.number();
        segments++;
    }
}
