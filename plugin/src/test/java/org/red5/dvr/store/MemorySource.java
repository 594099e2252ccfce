package org.red5.dvr.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** A source in memory, simple enough to be right: for tests of what reads from a source. */
public final class MemorySource implements SegmentSource {
    private final Map<StreamKey, Recording> recordings = new TreeMap<>();
    private boolean broken;

    private static final class Recording {
        private final List<Segment> segments = new ArrayList<>();
        private final List<TakeEnd> ends = new ArrayList<>();
        private final Map<TakeId, Take> takes = new TreeMap<>();
        private boolean live;
    }

    /** From now on every question fails, as with a disk that is gone. */
    public void breakDown() {
        broken = true;
    }

    public MemorySource add(StreamKey stream, Take take, List<Segment> segments) {
        Recording recording = recording(stream);
        recording.takes.put(take.id(), take);
        recording.segments.addAll(segments);
        recording.segments.sort(Comparator.comparingLong(Segment::number).thenComparing(Segment::take));
        return this;
    }

    /** From now on the stream is unknown. */
    public MemorySource remove(StreamKey stream) {
        recordings.remove(stream);
        return this;
    }

    public MemorySource end(StreamKey stream, TakeEnd end) {
        recording(stream).ends.add(end);
        recording(stream).ends.sort(Comparator.comparingLong(TakeEnd::utcMicros));
        return this;
    }

    public MemorySource live(StreamKey stream, boolean live) {
        recording(stream).live = live;
        return this;
    }

    /** Segments of a take that follow on each other, each exactly one cell of the default grid. */
    public static List<Segment> run(TakeId take, long firstNumber, int count) {
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long start = SegmentGrid.DEFAULT.startUtcMicros(firstNumber + i);
            segments.add(new Segment(take, firstNumber + i, start, 4_000_000, 900_000, 100_000, true));
        }
        return segments;
    }

    /** The bytes that this source has for a segment. */
    public static byte[] bytes(TakeId take, String name, Part part) {
        byte[] bytes = new byte[10_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + name.hashCode() + take.hashCode() + part.ordinal());
        }
        return bytes;
    }

    @Override
    public List<StreamKey> streams() throws IOException {
        check();
        return List.copyOf(recordings.keySet());
    }

    @Override
    public Optional<Holdings> find(StreamKey stream, UtcRange window) throws IOException {
        check();
        return Optional.ofNullable(recordings.get(stream)).map(recording -> {
            List<Segment> found = recording.segments.stream()
                    .filter(s -> window.intersects(s.startUtcMicros(), s.endUtcMicros()))
                    .toList();
            List<TakeEnd> ends = recording.ends.stream()
                    .filter(end -> end.utcMicros() < window.toMicros())
                    .toList();
            return new Holdings(found, ends, recording.live, span(recording.segments));
        });
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
        check();
        return Optional.ofNullable(recordings.get(stream)).map(recording -> recording.takes.get(take));
    }

    @Override
    public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        return take(stream, take).map(found -> new InMemory(bytes(take, "init", part)));
    }

    @Override
    public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        check();
        return Optional.ofNullable(recordings.get(stream)).stream()
                .flatMap(recording -> recording.segments.stream())
                .filter(segment -> segment.number() == number && segment.take().equals(take))
                .findFirst()
                .map(segment -> new InMemory(bytes(take, Long.toString(number), part)));
    }

    private Recording recording(StreamKey stream) {
        return recordings.computeIfAbsent(stream, key -> new Recording());
    }

    private void check() throws IOException {
        if (broken) {
            throw new IOException("the disk is gone");
        }
    }

    private static Optional<UtcRange> span(List<Segment> segments) {
        return segments.isEmpty()
                ? Optional.empty()
                : Optional.of(new UtcRange(
                        segments.stream()
                                .mapToLong(Segment::startUtcMicros)
                                .min()
                                .orElseThrow(),
                        segments.stream().mapToLong(Segment::endUtcMicros).max().orElseThrow()));
    }
}
