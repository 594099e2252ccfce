package org.red5.dvr.record;

import java.io.IOException;
import java.util.Optional;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.files.DiskFullException;
import org.red5.dvr.media.AccessUnits;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.flv.FlvPacket;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.record.segmenter.Segmenter;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;

/**
 * One take while it is recorded: access units come in, segments go to the archive. The take is created on disk with
 * its first segment, so that a track whose configuration comes a little late still belongs to it. Used by one thread.
 */
final class TakeRecording {
    /** Creates takes on disk. */
    interface Starter {
        TakeWriter begin(long startUtcMicros, InitSegment init) throws IOException;

        /** Whether one of the takes before has another configuration of video, or none. */
        default boolean hasOtherVideo(VideoConfig config) throws IOException {
            return false;
        }
    }

    private static final long NONE = Long.MIN_VALUE;

    private final Starter starter;
    private final RecordingMeter meter;
    private final Segmenter segmenter;
    private Optional<VideoConfig> video;
    private Optional<AudioConfig> audio;
    /** Parameter sets that stand in front of key frames, as they are not those of the init segment. */
    private Optional<VideoConfig> inBand = Optional.empty();
    /** Whether those of the init segment stand there too: many players read only the first init segment of a playlist. */
    private Optional<Boolean> isChange = Optional.empty();

    private Optional<AudioTimes> audioTimes;
    private Optional<TakeWriter> writer = Optional.empty();
    private Optional<IOException> failure = Optional.empty();
    private boolean recorded;
    private long endUtcMicros;
    /** Decoding time of the last picture, or {@link #NONE}. */
    private long lastVideoTicks = NONE;

    private boolean heard;

    /** @param firstNumber of the first segment, if it does not start in a later cell */
    TakeRecording(
            SegmentGrid grid,
            long firstNumber,
            Optional<VideoConfig> video,
            Optional<AudioConfig> audio,
            Starter starter,
            RecordingMeter meter) {
        this.starter = starter;
        this.meter = meter;
        this.video = video;
        this.audio = audio;
        this.audioTimes = audio.map(TakeRecording::times);
        this.segmenter = new Segmenter(grid, firstNumber, video, audio, this::write);
    }

    /** Takes up an audio track of which nothing has come yet; false when it is too late for this take. */
    boolean adopt(AudioConfig late) {
        if (heard || writer.isPresent() || !segmenter.isOpenToTracks()) {
            return false;
        }
        audio = Optional.of(late);
        audioTimes = Optional.of(times(late));
        segmenter.expectAudio(late);
        return true;
    }

    /**
     * Takes up a video track of which nothing has come yet, or parameter sets with which its track can go on; false when a
     * take of their own is needed.
     */
    boolean adopt(VideoConfig config) {
        if (lastVideoTicks == NONE && writer.isEmpty() && segmenter.isOpenToTracks()) {
            video = Optional.of(config);
            segmenter.expectVideo(config);
            return true;
        }
        if (video.isPresent() && AccessUnits.mayFollow(video.get(), config)) {
            inBand = Optional.of(config);
            return true;
        }
        return false;
    }

    /** Adds a video access unit; false when the take ended before it. Without a video track it is passed over. */
    boolean video(long utcMicros, FlvPacket.Frame frame) {
        if (video.isEmpty()) {
            return true;
        }
        long dts = Math.max(Ticks.ofMicros(utcMicros, VideoConfig.TIMESCALE), lastVideoTicks + 1);
        int offsetTicks = frame.compositionOffsetMillis() * (VideoConfig.TIMESCALE / 1_000);
        boolean added = segmenter.video(sample(frame, dts, offsetTicks));
        lastVideoTicks = added ? dts : lastVideoTicks;
        return added;
    }

    private Sample sample(FlvPacket.Frame frame, long dts, int offsetTicks) {
        Sample sample = new Sample(dts, offsetTicks, frame.key(), frame.data(), frame.offset(), frame.length());
        if (!frame.key() || inBand.isEmpty() && !isChange()) {
            return sample;
        }
        return AccessUnits.withParameterSets(inBand.or(() -> video).orElseThrow(), sample);
    }

    /** Whether the video is not configured as all the takes before; in doubt it is not. */
    private boolean isChange() {
        if (isChange.isEmpty()) {
            try {
                isChange = Optional.of(starter.hasOtherVideo(video.orElseThrow()));
            } catch (IOException e) {
                isChange = Optional.of(true);
            }
        }
        return isChange.get();
    }

    /** Adds an audio access unit; false when the take ended before it. Without an audio track it is passed over. */
    boolean audio(long utcMicros, FlvPacket.Frame frame) {
        if (audio.isEmpty() || audioTimes.isEmpty()) {
            return true;
        }
        heard = true;
        int ticks = audio.get().ticksOf(frame.data(), frame.offset());
        long dts = audioTimes.get().next(utcMicros, ticks);
        Sample sample = new Sample(dts, 0, true, frame.data(), frame.offset(), frame.length());
        return segmenter.audio(
                sample, audio.get().sampleRate(), audioTimes.get().endTicks());
    }

    /** The memory that access units take which are not written yet. */
    long heldBytes() {
        return segmenter.heldBytes();
    }

    /** What went wrong while writing; nothing more can be recorded with this take then. */
    Optional<IOException> failure() {
        return failure;
    }

    /** When its last segment in the archive ends; 0 where there is none. */
    long endUtcMicros() {
        return endUtcMicros;
    }

    /** Whether a segment of it is in the archive. */
    boolean isRecorded() {
        return recorded;
    }

    /** Why nothing was recorded after a failure to write. */
    static GapReason reasonOf(IOException failure) {
        return failure instanceof DiskFullException ? GapReason.DISK_FULL : GapReason.DISK_ERROR;
    }

    /** Writes what is left and ends the take. */
    void finish(GapReason reason) {
        segmenter.finish();
        end(reason);
    }

    /** Ends the take with what was written so far, after a defect; gives what went wrong while writing. */
    Optional<IOException> abandon() {
        end(GapReason.DAMAGED);
        return failure;
    }

    private void end(GapReason reason) {
        if (writer.isEmpty()) {
            return;
        }
        GapReason known = failure.map(TakeRecording::reasonOf).orElse(reason);
        meter.takeEnded(known);
        try {
            writer.get().end(known);
        } catch (IOException e) {
            failure.ifPresentOrElse(first -> first.addSuppressed(e), () -> failure = Optional.of(e));
        }
    }

    private void write(SegmentContent content) {
        if (failure.isPresent()) {
            return;
        }
        try {
            if (writer.isEmpty()) {
                writer = Optional.of(starter.begin(content.startUtcMicros(), new InitSegment(video, audio)));
                meter.takeBegan();
            }
            long began = System.nanoTime();
            int bytes = writer.get().append(content);
            meter.segmentWritten(bytes, System.nanoTime() - began);
            recorded = true;
            endUtcMicros = content.endUtcMicros();
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }

    private static AudioTimes times(AudioConfig config) {
        return new AudioTimes(config.sampleRate());
    }
}
