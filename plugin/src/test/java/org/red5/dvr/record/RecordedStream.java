package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.media.fmp4.ParsedFragment;
import org.red5.dvr.store.SegmentSourceContract;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** All that an archive holds of a stream, read back as a viewer gets it. */
final class RecordedStream {
    private final LocalArchive archive;
    private final StreamKey stream;
    private final Holdings holdings;

    RecordedStream(LocalArchive archive, StreamKey stream) throws IOException {
        this.archive = archive;
        this.stream = stream;
        this.holdings =
                archive.find(stream, new UtcRange(0, Long.MAX_VALUE / 4)).orElseThrow();
        assertSound();
    }

    boolean live() {
        return holdings.live();
    }

    List<Segment> segments() {
        return holdings.segments();
    }

    List<TakeEnd> ends() {
        return holdings.ends();
    }

    List<String> reasons() {
        return holdings.ends().stream().map(end -> end.reason().name()).toList();
    }

    /** The segments' numbers by take, counted from a cell: {@code 0..3}. */
    List<String> takes(long cell) {
        Map<TakeId, String> takes = new LinkedHashMap<>();
        for (Segment segment : holdings.segments()) {
            long number = segment.number() - cell;
            takes.merge(
                    segment.take(),
                    number + ".." + number,
                    (before, now) -> before.substring(0, before.indexOf("..")) + ".." + number);
        }
        return List.copyOf(takes.values());
    }

    /** The tracks of every take, by time. */
    List<String> tracks() throws IOException {
        List<String> tracks = new ArrayList<>();
        for (TakeId id :
                holdings.segments().stream().map(Segment::take).distinct().toList()) {
            Take take = archive.take(stream, id).orElseThrow();
            String video = take.video().map(v -> v.width() + "x" + v.height()).orElse("-");
            tracks.add(video + " " + take.audio().map(a -> a.sampleRate() + "").orElse("-"));
        }
        return tracks;
    }

    /** The timescale of a take's sound; empty when it has none. */
    Optional<Integer> audioRate(TakeId take) throws IOException {
        return archive.take(stream, take).orElseThrow().audio().map(Take.Audio::sampleRate);
    }

    /** The numbers of the access units, as {@link Bodies} wrote them. */
    List<Integer> numbers(Part part) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (Segment segment : holdings.segments()) {
            for (ParsedFragment fragment : fragments(segment, part)) {
                fragment.samples().stream()
                        .map(ParsedFragment.ParsedSample::data)
                        .filter(Bodies::isSent)
                        .forEach(data -> numbers.add(Bodies.numberIn(data)));
            }
        }
        return numbers;
    }

    List<ParsedFragment> fragments(Segment segment, Part part) throws IOException {
        var media = archive.segment(stream, segment.take(), segment.number(), part);
        return media.isPresent() ? ParsedFragment.all(SegmentSourceContract.read(media.get())) : List.of();
    }

    /** No number twice, none missing inside a take, starts as the rule of numbers says, no hole inside a take, none too long. */
    private void assertSound() {
        SegmentGrid grid = SegmentGrid.DEFAULT;
        for (int i = 0; i < holdings.segments().size(); i++) {
            Segment segment = holdings.segments().get(i);
            long ahead = segment.number() - grid.numberAt(segment.startUtcMicros());
            assertTrue(ahead >= 0 && ahead <= SegmentGrid.MOST_AHEAD, segment + " is " + ahead + " ahead");
            assertTrue(segment.durationMicros() <= 2 * grid.periodMicros(), segment.toString());
            if (i > 0) {
                Segment before = holdings.segments().get(i - 1);
                assertTrue(segment.number() > before.number(), before + " and " + segment);
                if (segment.take().equals(before.take())) {
                    assertEquals(before.number() + 1, segment.number());
                    assertEquals(before.endUtcMicros(), segment.startUtcMicros());
                }
            }
        }
    }
}
