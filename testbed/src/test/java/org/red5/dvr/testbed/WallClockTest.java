package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.timeline.StreamKey;

/** The wall clock is set by an hour in the middle of a recording of a real encoder's stream. */
class WallClockTest {
    private static final long SET_AT_MILLIS = 15_000;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final int CLIP_SECONDS = 120;
    private static final double FRAME_SECONDS = 0.04;

    @TempDir
    Path root;

    private Ffmpeg ffmpeg;
    private Path clip;

    @BeforeEach
    void makeClip() throws Exception {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        clip = new Clips(ffmpeg, CacheFolder.standard())
                .get(new Clips.Spec(CLIP_SECONDS, 320, 180, 25, 50, 2, 400, true, true));
    }

    @Test
    void setBackByAnHourItLosesNothing() throws Exception {
        Recording recording = record(elapsed -> elapsed < SET_AT_MILLIS ? 0 : -HOUR_MILLIS);
        recording.assertWhole("set back");
        Recording.Take take = recording.takes().get(0);
        double moved = recording.mostMovedSeconds(take);
        assertTrue(moved < FRAME_SECONDS, "frames are moved by up to " + moved + " s");
        assertEquals(RecordedTags.START_MICROS / 1e6, take.startSeconds(), 0.5);
    }

    @Test
    void setForwardByAnHourForHalfAMinuteItLosesNothing() throws Exception {
        Recording recording =
                record(elapsed -> elapsed < SET_AT_MILLIS || elapsed > SET_AT_MILLIS + 30_000 ? 0 : HOUR_MILLIS);
        recording.assertWhole("set forward and back");
        Recording.Take take = recording.takes().get(0);
        double moved = recording.mostMovedSeconds(take);
        assertTrue(moved < FRAME_SECONDS, "frames are moved by up to " + moved + " s");
    }

    @Test
    void setForwardByAnHourItBeginsANewTakeAtTheNewTimeWhenThatHasLasted() throws Exception {
        Recording recording = record(elapsed -> elapsed < SET_AT_MILLIS ? 0 : HOUR_MILLIS);
        assertEquals(2, recording.takes().size());
        Recording.Take before = recording.takes().get(0);
        Recording.Take after = recording.takes().get(1);
        assertEquals(0, before.first());
        assertEquals(recording.framesInClip(), after.end());
        double seconds = before.end() * FRAME_SECONDS;
        assertTrue(seconds >= 85 && seconds <= 105, "the first take lasts " + seconds + " s");
        double missing = (after.first() - before.end()) * FRAME_SECONDS;
        assertTrue(missing < 6.1, missing + " s are missing");
        double moved = after.startSeconds() - before.startSeconds() - recording.secondsInClip(before, after);
        assertEquals(HOUR_MILLIS / 1_000.0, moved, 0.6);
    }

    private Recording record(LongUnaryOperator wallOffsetMillis) throws Exception {
        RecordedTags.record(
                root,
                new StreamKey("live", "set"),
                RecordedTags.START_MICROS,
                FlvFile.read(clip).tags(),
                wallOffsetMillis);
        return new Recording(ffmpeg, root, clip);
    }
}
