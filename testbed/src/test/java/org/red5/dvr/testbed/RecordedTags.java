package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.metrics.Audiences;
import org.red5.dvr.metrics.DvrMetrics;
import org.red5.dvr.record.Recorders;
import org.red5.dvr.record.StreamSink;
import org.red5.dvr.record.UtcClock;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/** Records tags as if a publisher had sent each at the instant its time stamp says, without a server. */
final class RecordedTags {
    /** 30 s after a full hour: short recordings have one hour file for each take. */
    static final long START_MICROS = 1_795_352_430_000_000L;

    private RecordedTags() {}

    /** The hour files, one for each take, in order of time. */
    static List<Path> hourFiles(Path root, List<FlvTag> tags) throws IOException {
        return hourFiles(root, new StreamKey("live", "codecs"), tags, START_MICROS);
    }

    /**
     * The hour files of a stream, in order of time.
     *
     * @param stream one whose names stand for themselves on disk
     * @param startMicros when the tag with time stamp 0 is sent, since the Unix epoch
     */
    static List<Path> hourFiles(Path root, StreamKey stream, List<FlvTag> tags, long startMicros) throws IOException {
        record(root, stream, startMicros, tags, elapsedMillis -> 0);
        return HourFiles.below(root.resolve(stream.app()).resolve(stream.name()));
    }

    /**
     * Records a stream below {@code root}.
     *
     * @param startMicros when the publish begins
     * @param wallOffsetMillis by how much the wall clock is wrong so long after the start, in milliseconds; a change is a
     *     step
     */
    static void record(
            Path root, StreamKey stream, long startMicros, List<FlvTag> tags, LongUnaryOperator wallOffsetMillis)
            throws IOException {
        AtomicLong now = new AtomicLong(startMicros);
        Clock wall = new WallClock(now, startMicros, wallOffsetMillis);
        UtcClock clock = new UtcClock(wall, () -> now.get() * 1_000);
        LocalArchive archive = new LocalArchive(key -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT);
        try (archive;
                DvrMetrics metrics = new DvrMetrics(path -> Long.MAX_VALUE, new Audiences() {}, System::nanoTime);
                Recorders recorders = new Recorders(
                        archive, key -> Optional.of(root), SegmentGrid.DEFAULT, "test", clock::micros, metrics)) {
            StreamSink sink = recorders.open(stream).orElseThrow();
            for (FlvTag tag : tags) {
                now.accumulateAndGet(startMicros + tag.timestampMillis() * 1_000, Math::max);
                if (tag.type() == FlvTag.VIDEO) {
                    sink.video((int) tag.timestampMillis(), tag.payload());
                } else if (tag.type() == FlvTag.AUDIO) {
                    sink.audio((int) tag.timestampMillis(), tag.payload());
                }
            }
            sink.end();
        }
    }

    /** A wall clock that is set while it runs. */
    private static final class WallClock extends Clock {
        private final AtomicLong trueMicros;
        private final long startMicros;
        private final LongUnaryOperator offsetMillis;

        WallClock(AtomicLong trueMicros, long startMicros, LongUnaryOperator offsetMillis) {
            this.trueMicros = trueMicros;
            this.startMicros = startMicros;
            this.offsetMillis = offsetMillis;
        }

        @Override
        public Instant instant() {
            long micros = trueMicros.get();
            long offset = offsetMillis.applyAsLong((micros - startMicros) / 1_000);
            return Instant.EPOCH.plus(micros + offset * 1_000, ChronoUnit.MICROS);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("a clock of UTC only, not of " + zone);
        }
    }
}
