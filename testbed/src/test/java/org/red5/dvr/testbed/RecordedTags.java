package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.metrics.Audiences;
import org.red5.dvr.metrics.DvrMetrics;
import org.red5.dvr.record.Recorders;
import org.red5.dvr.record.StreamSink;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/** Records tags as if a publisher had sent each at the instant its time stamp says, without a server. */
final class RecordedTags {
    /** 30 s after a full hour: short recordings have one hour file for each take. */
    private static final long START_MICROS = 1_795_352_430_000_000L;

    private RecordedTags() {}

    /** The hour files, one for each take, in order of time. */
    static List<Path> hourFiles(Path root, List<FlvTag> tags) throws IOException {
        AtomicLong now = new AtomicLong(START_MICROS);
        LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT);
        try (archive;
                DvrMetrics metrics = new DvrMetrics(path -> Long.MAX_VALUE, new Audiences() {}, System::nanoTime);
                Recorders recorders = new Recorders(
                        archive, stream -> Optional.of(root), SegmentGrid.DEFAULT, "test", now::get, metrics)) {
            StreamSink sink = recorders.open(new StreamKey("live", "codecs")).orElseThrow();
            for (FlvTag tag : tags) {
                now.accumulateAndGet(START_MICROS + tag.timestampMillis() * 1_000, Math::max);
                if (tag.type() == FlvTag.VIDEO) {
                    sink.video((int) tag.timestampMillis(), tag.payload());
                } else if (tag.type() == FlvTag.AUDIO) {
                    sink.audio((int) tag.timestampMillis(), tag.payload());
                }
            }
            sink.end();
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".mp4"))
                    .sorted()
                    .toList();
        }
    }
}
