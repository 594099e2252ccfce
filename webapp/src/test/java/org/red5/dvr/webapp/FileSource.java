package org.red5.dvr.webapp;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** A source with streams of two segments, whose bytes are a part of one file, or in memory. */
record FileSource(List<StreamKey> streams, Path file, long offsetBytes, int lengthBytes, boolean inMemory)
        implements SegmentSource {
    static final long START_SECONDS = 1_763_817_600;
    static final long FIRST = START_SECONDS / 4;
    static final TakeId TAKE = TakeId.of(START_SECONDS * 1_000_000, "origin");

    FileSource(List<StreamKey> streams, Path file, long offsetBytes, int lengthBytes) {
        this(streams, file, offsetBytes, lengthBytes, false);
    }

    @Override
    public Optional<Holdings> find(StreamKey stream, UtcRange window) {
        if (!streams.contains(stream)) {
            return Optional.empty();
        }
        List<Segment> segments = List.of(segment(0), segment(1));
        UtcRange span = UtcRange.ofSeconds(START_SECONDS, 8);
        boolean hit = window.intersects(span.fromMicros(), span.toMicros());
        return Optional.of(new Holdings(hit ? segments : List.of(), List.of(), false, Optional.of(span)));
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) {
        return Optional.of(new Take(take, 0, Optional.empty(), Optional.of(new Take.Audio("mp4a.40.2", 48_000, 2))));
    }

    @Override
    public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) {
        return Optional.of(new MediaBytes.InMemory(new byte[] {1, 2, 3}));
    }

    @Override
    public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) {
        return streams.contains(stream) && take.equals(TAKE) && number == FIRST
                ? Optional.of(
                        inMemory
                                ? new MediaBytes.InMemory(new byte[lengthBytes])
                                : new FileRegion(file, offsetBytes, lengthBytes))
                : Optional.empty();
    }

    private Segment segment(int index) {
        long start = SegmentGrid.DEFAULT.startUtcMicros(FIRST + index);
        return new Segment(TAKE, FIRST + index, start, 4_000_000, lengthBytes, 0, true);
    }
}
