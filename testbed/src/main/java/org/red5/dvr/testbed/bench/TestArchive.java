package org.red5.dvr.testbed.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** An archive written by the plugin's own writer, much faster than time goes by. */
public final class TestArchive implements Closeable {
    public static final SegmentGrid GRID = SegmentGrid.DEFAULT;

    private static final int VIDEO_TIMESCALE = 90_000;
    private static final int AUDIO_TIMESCALE = 48_000;
    private static final int BUFFER_BYTES = 256 << 10;

    /**
     * How much is in a segment: so many samples of equal size per track.
     *
     * @param videoSamples at least one
     * @param audioSamples at least one
     */
    public record Content(int videoSamples, int videoSampleBytes, int audioSamples, int audioSampleBytes) {
        /** As little as an index entry needs. */
        static final Content SMALL = new Content(1, 32, 1, 16);

        /** Four seconds of 2.5 Mbit/s: 1.25 MB. */
        static final Content FULL = new Content(100, 12_000, 187, 256);
    }

    private final LocalArchive archive;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final byte[] noise = new byte[1 << 16];

    /** Below a root, for streams of any name. */
    public TestArchive(Path root) {
        this(root, ArchiveOptions.DEFAULT);
    }

    TestArchive(Path root, ArchiveOptions options) {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID, options);
        new Random(2).nextBytes(noise);
    }

    public LocalArchive archive() {
        return archive;
    }

    /** Begins a take that is to start in a cell. */
    public TakeWriter begin(StreamKey stream, long firstNumber) throws IOException {
        try {
            HexFormat hex = HexFormat.of();
            InitSegment init = new InitSegment(
                    Optional.of(Avc.parse(hex.parseHex(SyntheticClip.AVC_RECORD))),
                    Optional.of(Aac.parse(hex.parseHex(SyntheticClip.AAC_RECORD))));
            return archive.begin(stream, TakeId.of(GRID.startUtcMicros(firstNumber), "bench"), init, buffer);
        } catch (CorruptMediaException e) {
            throw new IllegalStateException("the configurations of the synthetic clip do not parse", e);
        }
    }

    /** Appends the segments from one number to before another. */
    public void append(TakeWriter take, long fromNumber, long toNumber, Content content) throws IOException {
        for (long number = fromNumber; number < toNumber; number++) {
            long start = GRID.startUtcMicros(number);
            take.append(new SegmentContent(
                    number,
                    start,
                    GRID.periodMicros(),
                    true,
                    Optional.of(
                            track(start, VIDEO_TIMESCALE, content.videoSamples(), content.videoSampleBytes(), false)),
                    Optional.of(
                            track(start, AUDIO_TIMESCALE, content.audioSamples(), content.audioSampleBytes(), true))));
        }
    }

    private SegmentContent.Track track(long startMicros, int timescale, int count, int bytes, boolean allKeys) {
        long startTicks = ticks(startMicros, timescale);
        long periodTicks = ticks(GRID.periodMicros(), timescale);
        List<Sample> samples = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long at = startTicks + periodTicks * i / count;
            samples.add(new Sample(at, 0, allKeys || i == 0, noise, i, bytes));
        }
        return new SegmentContent.Track(samples, startTicks + periodTicks);
    }

    private static long ticks(long micros, int timescale) {
        return micros / 1_000_000 * timescale + micros % 1_000_000 * timescale / 1_000_000;
    }

    @Override
    public void close() {
        archive.close();
    }
}
