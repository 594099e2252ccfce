package org.red5.dvr.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.Fragment;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * A take made up for tests: what an archive is given, and what it must give back. Two frames and two audio access units
 * a second, different bytes in each.
 *
 * @param contents what is written
 * @param segments what an index lists of it
 */
public record TestTake(TakeId id, InitSegment init, List<SegmentContent> contents, List<Segment> segments) {
    /** Which tracks a take has. */
    public enum Tracks {
        BOTH,
        VIDEO,
        AUDIO
    }

    private static final int AUDIO_RATE = 48_000;

    /** A take of so many segments, the first of which starts {@code lateMicros} after its cell. */
    public static TestTake of(SegmentGrid grid, long number, long lateMicros, int segments, Tracks tracks) {
        long start = grid.startUtcMicros(number) + lateMicros;
        Random random = new Random(number);
        List<SegmentContent> contents = new ArrayList<>();
        for (int i = 0; i < segments; i++) {
            long from = i == 0 ? start : grid.startUtcMicros(number + i) + random.nextInt(50_000);
            contents.add(content(grid, number + i, from, random, tracks));
        }
        for (int i = 0; i + 1 < segments; i++) {
            SegmentContent content = contents.get(i);
            long duration = contents.get(i + 1).startUtcMicros() - content.startUtcMicros();
            contents.set(i, lasting(content, duration));
        }
        TakeId id = TakeId.of(start, "test");
        List<Segment> listed =
                contents.stream().map(content -> segment(id, content)).toList();
        return new TestTake(id, init(tracks), List.copyOf(contents), listed);
    }

    public static InitSegment init(Tracks tracks) {
        try {
            Optional<VideoConfig> video = Optional.of(Avc.parse(RealConfigurations.AVC_1280X720));
            Optional<AudioConfig> audio = Optional.of(Aac.parse(RealConfigurations.AAC_48000_STEREO));
            return new InitSegment(
                    tracks == Tracks.AUDIO ? Optional.empty() : video,
                    tracks == Tracks.VIDEO ? Optional.empty() : audio);
        } catch (CorruptMediaException e) {
            throw new AssertionError(e);
        }
    }

    /** Begins the take in an archive and appends all of it. */
    public TakeWriter write(LocalArchive archive, StreamKey stream) throws IOException {
        return write(archive, stream, ByteBuffer.allocateDirect(16 << 10));
    }

    TakeWriter write(LocalArchive archive, StreamKey stream, ByteBuffer buffer) throws IOException {
        TakeWriter writer = archive.begin(stream, id, init, buffer);
        for (SegmentContent content : contents) {
            writer.append(content);
        }
        return writer;
    }

    public long startUtcMicros() {
        return contents.get(0).startUtcMicros();
    }

    public long endUtcMicros() {
        return contents.get(contents.size() - 1).endUtcMicros();
    }

    /** The video fragment of a segment, no bytes when there is none. */
    public static byte[] videoBytes(SegmentContent content) {
        return bytes(content.video(), InitSegment.VIDEO_TRACK, content.number() * 2);
    }

    public static byte[] audioBytes(SegmentContent content) {
        return bytes(content.audio(), InitSegment.AUDIO_TRACK, content.number() * 2 + 1);
    }

    public static byte[] muxedBytes(SegmentContent content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(videoBytes(content));
        out.writeBytes(audioBytes(content));
        return out.toByteArray();
    }

    private static byte[] bytes(Optional<SegmentContent.Track> track, int id, long sequence) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (track.isPresent()) {
            Fragment fragment =
                    Fragment.of(id, sequence, track.get().samples(), track.get().endTicks());
            out.writeBytes(fragment.head());
            fragment.samples().forEach(sample -> out.write(sample.data(), sample.offset(), sample.length()));
        }
        return out.toByteArray();
    }

    private static Segment segment(TakeId id, SegmentContent content) {
        return new Segment(
                id,
                content.number(),
                content.startUtcMicros(),
                content.durationMicros(),
                videoBytes(content).length,
                audioBytes(content).length,
                content.independent());
    }

    private static SegmentContent content(
            SegmentGrid grid, long number, long startMicros, Random random, Tracks tracks) {
        long endMicros = grid.startUtcMicros(number + 1);
        Optional<SegmentContent.Track> video = tracks == Tracks.AUDIO
                ? Optional.empty()
                : Optional.of(track(startMicros, endMicros, VideoConfig.TIMESCALE, random));
        Optional<SegmentContent.Track> audio = tracks == Tracks.VIDEO
                ? Optional.empty()
                : Optional.of(track(startMicros, endMicros, AUDIO_RATE, random));
        return new SegmentContent(number, startMicros, endMicros - startMicros, number % 3 != 0, video, audio);
    }

    private static SegmentContent.Track track(long startMicros, long endMicros, int timescale, Random random) {
        List<Sample> samples = new ArrayList<>();
        for (long at = startMicros; at < endMicros; at += 500_000) {
            byte[] data = new byte[random.nextInt(300)];
            random.nextBytes(data);
            boolean key = samples.isEmpty() || timescale == AUDIO_RATE;
            samples.add(new Sample(Ticks.ofMicros(at, timescale), 0, key, data, 0, data.length));
        }
        return new SegmentContent.Track(List.copyOf(samples), Ticks.ofMicros(endMicros, timescale));
    }

    private static SegmentContent lasting(SegmentContent content, long durationMicros) {
        return new SegmentContent(
                content.number(),
                content.startUtcMicros(),
                durationMicros,
                content.independent(),
                content.video(),
                content.audio());
    }
}
