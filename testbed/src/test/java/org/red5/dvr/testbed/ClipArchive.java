package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * Archives of whatever time and server, made in an instant: the plugin's own writer writes the standard clip again and again, so
 * that they play. What picture is in them depends on the time of day alone, as if all servers had taken in one encoding.
 */
final class ClipArchive {
    static final SegmentGrid GRID = SegmentGrid.DEFAULT;

    private static final int VIDEO_TIMESCALE = 90_000;
    private static final int AUDIO_TIMESCALE = 48_000;
    private static final int FRAMES_PER_SEGMENT = 100;
    private static final int FRAME_TICKS = VIDEO_TIMESCALE / 25;
    private static final int AUDIO_FRAME_TICKS = 1_024;
    /** 14 segments of 4 s, after which pictures and sound begin anew together. */
    private static final int LOOP_FRAMES = 14 * FRAMES_PER_SEGMENT;

    private static final int LOOP_AUDIO_FRAMES = 14 * 4 * AUDIO_TIMESCALE / AUDIO_FRAME_TICKS;
    private static final int VIDEO_HEAD_BYTES = 5;
    private static final int AUDIO_HEAD_BYTES = 2;

    private final InitSegment init;
    private final List<FlvTag> video = new ArrayList<>();
    private final List<FlvTag> audio = new ArrayList<>();

    /** Takes {@link Clips#standard}. */
    ClipArchive(Clips clips) throws IOException {
        byte[] avc = new byte[0];
        byte[] aac = new byte[0];
        for (FlvTag tag : FlvFile.read(clips.standard()).tags()) {
            boolean isVideo = tag.type() == FlvTag.VIDEO;
            if (tag.isConfiguration()) {
                avc = isVideo ? body(tag) : avc;
                aac = isVideo ? aac : body(tag);
            } else if (!tag.isEndOfSequence() && tag.type() != FlvTag.SCRIPT) {
                (isVideo ? video : audio).add(tag);
            }
        }
        if (video.size() < LOOP_FRAMES || audio.size() < LOOP_AUDIO_FRAMES) {
            throw new IOException("a clip of " + video.size() + " and " + audio.size() + " frames is too short");
        }
        try {
            init = new InitSegment(Optional.of(Avc.parse(avc)), Optional.of(Aac.parse(aac)));
        } catch (CorruptMediaException e) {
            throw new IOException("the clip's configurations", e);
        }
    }

    /**
     * Writes one take.
     *
     * @param root of the server's archive
     * @param node the recording server
     * @param fromNumber the first segment
     * @param toNumber the segment after the last
     * @param lateMicros how far behind the grid line each segment begins, less than the grid's period
     * @param end why nothing follows
     */
    TakeId record(
            Path root, StreamKey stream, String node, long fromNumber, long toNumber, long lateMicros, GapReason end)
            throws IOException {
        try (LocalArchive archive = new LocalArchive(any -> Optional.of(root), List.of(root), GRID)) {
            TakeId take = TakeId.of(GRID.startUtcMicros(fromNumber) + lateMicros, node);
            TakeWriter writer = archive.begin(stream, take, init, ByteBuffer.allocateDirect(256 << 10));
            for (long number = fromNumber; number < toNumber; number++) {
                long start = GRID.startUtcMicros(number) + lateMicros;
                writer.append(new SegmentContent(
                        number,
                        start,
                        GRID.periodMicros(),
                        true,
                        Optional.of(video(number, ticks(start, VIDEO_TIMESCALE))),
                        Optional.of(audio(number, ticks(lateMicros, AUDIO_TIMESCALE)))));
            }
            writer.end(end);
            return take;
        }
    }

    /** The first picture is shown at the start; with B-frames it is decoded somewhat earlier. */
    private SegmentContent.Track video(long number, long startTicks) {
        int first = (int) Math.floorMod(number * FRAMES_PER_SEGMENT, (long) LOOP_FRAMES);
        long decodeTicks = startTicks - compositionTicks(video.get(first));
        List<Sample> samples = new ArrayList<>(FRAMES_PER_SEGMENT);
        for (int i = 0; i < FRAMES_PER_SEGMENT; i++) {
            FlvTag tag = video.get(first + i);
            int length = tag.payload().length - VIDEO_HEAD_BYTES;
            samples.add(new Sample(
                    decodeTicks + (long) i * FRAME_TICKS,
                    compositionTicks(tag),
                    tag.isKeyFrame(),
                    tag.payload(),
                    VIDEO_HEAD_BYTES,
                    length));
        }
        return new SegmentContent.Track(samples, decodeTicks + (long) FRAMES_PER_SEGMENT * FRAME_TICKS);
    }

    /** Frames of sound follow each other without a break, counted from the Unix epoch: 187 or 188 to a segment. */
    private SegmentContent.Track audio(long number, long lateTicks) {
        List<Sample> samples = new ArrayList<>();
        long end = firstAudioFrame(number + 1);
        for (long frame = firstAudioFrame(number); frame < end; frame++) {
            FlvTag tag = audio.get((int) Math.floorMod(frame, (long) LOOP_AUDIO_FRAMES));
            int length = tag.payload().length - AUDIO_HEAD_BYTES;
            long atTicks = frame * AUDIO_FRAME_TICKS + lateTicks;
            samples.add(new Sample(atTicks, 0, true, tag.payload(), AUDIO_HEAD_BYTES, length));
        }
        return new SegmentContent.Track(samples, end * AUDIO_FRAME_TICKS + lateTicks);
    }

    private static long firstAudioFrame(long number) {
        long ticks = number * GRID.periodMillis() / 1_000 * AUDIO_TIMESCALE;
        return -Math.floorDiv(-ticks, AUDIO_FRAME_TICKS);
    }

    private static int compositionTicks(FlvTag tag) {
        byte[] head = tag.payload();
        int millis = (head[2] & 0xff) << 16 | (head[3] & 0xff) << 8 | head[4] & 0xff;
        return millis * (VIDEO_TIMESCALE / 1_000);
    }

    private static byte[] body(FlvTag tag) {
        int head = tag.type() == FlvTag.VIDEO ? VIDEO_HEAD_BYTES : AUDIO_HEAD_BYTES;
        byte[] body = new byte[tag.payload().length - head];
        System.arraycopy(tag.payload(), head, body, 0, body.length);
        return body;
    }

    private static long ticks(long micros, int timescale) {
        return micros / 1_000_000 * timescale + micros % 1_000_000 * timescale / 1_000_000;
    }
}
