package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What was recorded of a clip, read from its hour files: one file for each take, none of which ffprobe or a decoder has
 * anything to say about. Times are Unix seconds.
 */
final class Recording {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A take's frames; {@code first} is the place of its first one in the clip. */
    record Take(int first, Packets video) {
        int end() {
            return first + video.count();
        }

        double startSeconds() {
            return video.ptsSeconds().get(0);
        }
    }

    private final List<Take> takes = new ArrayList<>();
    private final Packets clip;

    /** Reads and checks everything below a stream's folder. Each take has to be a run of the clip's frames. */
    Recording(Ffmpeg ffmpeg, Path folder, Path clipFile) throws IOException, InterruptedException {
        this.clip = Packets.of(ffmpeg, clipFile.toString(), "v");
        int next = 0;
        for (Path file : HourFiles.below(folder)) {
            RunningProcess.Result probed = ffmpeg.probe(LIMIT, "-show_streams", file.toString());
            assertEquals("", probed.requireSuccess().errors(), file.toString());
            RunningProcess.Result decoded = ffmpeg.decode(LIMIT, file.toString());
            assertEquals("", decoded.requireSuccess().errors(), file.toString());
            Packets video = Packets.of(ffmpeg, file.toString(), "v").onlyOf(clip.hashes());
            Packets audio = Packets.of(ffmpeg, file.toString(), "a");
            assertEquals("", video.complaints() + audio.complaints(), file.toString());
            int first = clip.hashes()
                            .subList(next, clip.count())
                            .indexOf(video.hashes().get(0))
                    + next;
            Take take = new Take(first, video);
            assertTrue(first >= next && take.end() <= clip.count(), file + " begins with frame " + first);
            assertEquals(clip.hashes().subList(first, take.end()), video.hashes(), file.toString());
            takes.add(take);
            next = take.end();
        }
    }

    List<Take> takes() {
        return List.copyOf(takes);
    }

    /** There is one take, and it has every frame of the clip. */
    void assertWhole(String what) {
        assertEquals(1, takes.size(), what);
        assertEquals(0, takes.get(0).first(), what);
        assertEquals(clip.count(), takes.get(0).video().count(), what);
    }

    /** In the clip, in seconds of real time, from the first frame of one take to the first of another. */
    double secondsInClip(Take from, Take to) {
        return clip.ptsSeconds().get(to.first()) - clip.ptsSeconds().get(from.first());
    }

    /** By how much a take's frames are moved against each other, compared with the clip. */
    double mostMovedSeconds(Take take) {
        double most = 0;
        for (int i = 0; i < take.video().count(); i++) {
            double recorded = take.video().ptsSeconds().get(i) - take.startSeconds();
            double sent =
                    clip.ptsSeconds().get(take.first() + i) - clip.ptsSeconds().get(take.first());
            most = Math.max(most, Math.abs(recorded - sent));
        }
        return most;
    }

    int framesInClip() {
        return clip.count();
    }
}
