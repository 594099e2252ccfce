package org.red5.dvr.playback.mp4;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.Hevc;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.Fragment;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** A stream that was recorded in takes, made up from a seed: 25 frames and 46.875 access units of sound a second, times that are not even. */
public final class MadeUpRecording implements SegmentSource {
    static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final int AUDIO_RATE = 48_000;
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;

    final List<Sample> video = new ArrayList<>();
    final List<Sample> audio = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private final List<TakeEnd> ends = new ArrayList<>();
    private final Map<TakeId, InitSegment> inits = new HashMap<>();
    private final Map<String, byte[]> bytes = new HashMap<>();

    /** How a take is made. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Shape(byte[] avc, boolean hasAudio, boolean isReordered, int cellsPerKeyFrame) {
        public static final Shape PLAIN = new Shape(RealConfigurations.AVC_1280X720, true, false, 1);
    }

    public MadeUpRecording take(Shape shape, long fromMicros, int cells, long seed) {
        try {
            return take(Avc.parse(shape.avc()), shape, fromMicros, cells, seed);
        } catch (CorruptMediaException e) {
            throw new AssertionError(e);
        }
    }

    public MadeUpRecording hevcTake(long fromMicros, int cells, long seed) {
        try {
            return take(Hevc.parse(RealConfigurations.HEVC_322X182), Shape.PLAIN, fromMicros, cells, seed);
        } catch (CorruptMediaException e) {
            throw new AssertionError(e);
        }
    }

    private MadeUpRecording take(VideoConfig config, Shape shape, long fromMicros, int cells, long seed)
            throws CorruptMediaException {
        Random random = new Random(seed);
        TakeId id = TakeId.of(fromMicros, "origin");
        AudioConfig sound = Aac.parse(RealConfigurations.AAC_48000_STEREO);
        inits.put(id, new InitSegment(Optional.of(config), shape.hasAudio() ? Optional.of(sound) : Optional.empty()));
        long first = GRID.numberAt(fromMicros);
        long dts = Ticks.ofMicros(fromMicros, VideoConfig.TIMESCALE);
        long heard = Ticks.ofMicros(fromMicros, AUDIO_RATE) + random.nextInt(900);
        for (int i = 0; i < cells; i++) {
            List<Sample> frames = new ArrayList<>();
            boolean isIndependent = i % shape.cellsPerKeyFrame() == 0;
            long end = Ticks.ofMicros(GRID.startUtcMicros(first + i + 1), VideoConfig.TIMESCALE);
            for (int n = 0; dts < end; n++) {
                int offset = shape.isReordered() ? 3_600 * (n % 3 == 0 ? 1 : n % 3 == 1 ? 2 : 0) : 0;
                boolean isKey =
                        n == 0 && isIndependent || n == 60 && !shape.isReordered() && shape.cellsPerKeyFrame() == 1;
                frames.add(sample(dts, offset, isKey, random));
                dts += 3_600 + (random.nextInt(4) == 0 ? random.nextInt(90) : 0);
            }
            List<Sample> units = new ArrayList<>();
            long until = Ticks.ofMicros(Ticks.toMicros(dts, VideoConfig.TIMESCALE), AUDIO_RATE);
            while (shape.hasAudio() && heard < until) {
                units.add(sample(heard, 0, true, random));
                heard += 1_024;
            }
            add(id, first + i, frames, dts, units, heard, isIndependent);
        }
        ends.add(new TakeEnd(id, segments.get(segments.size() - 1).endUtcMicros(), GapReason.NOT_PUBLISHED));
        segments.sort(Comparator.comparingLong(Segment::number).thenComparing(Segment::take));
        return this;
    }

    private void add(
            TakeId id, long number, List<Sample> frames, long end, List<Sample> units, long heard, boolean key) {
        byte[] picture = fragment(InitSegment.VIDEO_TRACK, 2 * number, frames, end);
        byte[] sound = units.isEmpty() ? new byte[0] : fragment(InitSegment.AUDIO_TRACK, 2 * number + 1, units, heard);
        long start = Ticks.toMicros(frames.get(0).ptsTicks(), VideoConfig.TIMESCALE);
        long duration = Ticks.toMicros(end + frames.get(0).compositionOffsetTicks(), VideoConfig.TIMESCALE) - start;
        segments.add(new Segment(id, number, start, duration, picture.length, sound.length, key));
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(picture);
        both.writeBytes(sound);
        bytes.put(id.value() + number, both.toByteArray());
        video.addAll(frames);
        audio.addAll(units);
    }

    private static Sample sample(long dts, int offset, boolean isKey, Random random) {
        byte[] data = new byte[8 + random.nextInt(120)];
        random.nextBytes(data);
        return new Sample(dts, offset, isKey, data, 0, data.length);
    }

    private static byte[] fragment(int track, long sequence, List<Sample> samples, long end) {
        return Fragment.of(track, sequence, samples, end).toBytes();
    }

    List<Segment> segments() {
        return segments;
    }

    byte[] init(TakeId take) {
        return inits.get(take).toBytes();
    }

    byte[] bytes(Segment segment) {
        return bytes.get(segment.take().value() + segment.number());
    }

    @Override
    public List<StreamKey> streams() {
        return List.of(CAMERA);
    }

    @Override
    public Optional<Holdings> find(StreamKey stream, UtcRange window) {
        if (!stream.equals(CAMERA)) {
            return Optional.empty();
        }
        List<Segment> found = segments.stream()
                .filter(segment -> window.intersects(segment.startUtcMicros(), segment.endUtcMicros()))
                .toList();
        UtcRange span = new UtcRange(
                segments.get(0).startUtcMicros(),
                segments.get(segments.size() - 1).endUtcMicros());
        return Optional.of(new Holdings(found, ends, false, Optional.of(span)));
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) {
        return Optional.empty();
    }

    @Override
    public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) {
        return Optional.ofNullable(inits.get(take)).map(init -> new MediaBytes.InMemory(init.toBytes()));
    }

    @Override
    public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) {
        return Optional.ofNullable(bytes.get(take.value() + number)).map(MediaBytes.InMemory::new);
    }
}
