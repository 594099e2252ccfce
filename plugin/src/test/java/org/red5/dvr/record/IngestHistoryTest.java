package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.media.fmp4.ParsedFragment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;

/**
 * Histories of what encoders send, each recorded by the real recorder into a real archive: every access unit that can be
 * decoded is there once, at the right time, and what is not is in a hole with its reason.
 */
class IngestHistoryTest {
    /** More are run by {@code -Ddvr.histories=2000}. */
    private static final int HISTORIES = Integer.getInteger("dvr.histories", 400);

    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long START_MICROS = GRID.startUtcMicros(448_838_325L);
    private static final int MOST_OFF_MICROS = 500_000;

    @TempDir
    Path root;

    private Ingest ingest;

    @Test
    void everyAccessUnitIsInTheArchiveOnceAndInTime() throws IOException {
        try (LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID)) {
            for (int seed = 0; seed < HISTORIES; seed++) {
                StreamKey stream = new StreamKey("live", "history" + seed);
                IngestHistory history = new IngestHistory(seed, START_MICROS);
                history.run(
                        () -> {
                            ingest =
                                    new Ingest(stream, GRID, new ToArchive(archive, root, stream), new CountingMeter());
                            return ingest::packet;
                        },
                        () -> ingest.end(GapReason.NOT_PUBLISHED));
                String what = "seed " + seed + ": " + history;
                if (archive.span(stream).isPresent()) {
                    check(new RecordedStream(archive, stream), history, what);
                } else {
                    assertTrue(history.sent.stream().noneMatch(IngestHistory.Sent::decodable), what);
                }
            }
        }
    }

    private static void check(RecordedStream recorded, IngestHistory history, String what) throws IOException {
        Map<Integer, Long> found = new HashMap<>();
        for (Segment segment : recorded.segments()) {
            read(recorded, segment, Part.VIDEO, found, what);
            read(recorded, segment, Part.AUDIO, found, what);
        }
        for (IngestHistory.Sent sent : history.sent) {
            Long micros = found.remove(sent.number());
            if (micros == null) {
                boolean isExplained = !sent.decodable() || isTold(recorded, sent.micros());
                assertTrue(isExplained, what + "\n" + sent + " is not recorded; " + recorded.ends());
            } else {
                double off = (micros - sent.micros()) / 1e6;
                assertTrue(Math.abs(micros - sent.micros()) <= MOST_OFF_MICROS, what + "\n" + sent + " off by " + off);
            }
        }
        assertEquals(Map.of(), found, what);
        assertNoCrumbs(recorded, what);
    }

    private static void read(RecordedStream recorded, Segment segment, Part part, Map<Integer, Long> found, String what)
            throws IOException {
        Optional<Integer> audioRate = recorded.audioRate(segment.take());
        for (ParsedFragment fragment : recorded.fragments(segment, part)) {
            for (ParsedFragment.ParsedSample sample : fragment.samples()) {
                if (Bodies.isSent(sample.data())) {
                    int timescale = part == Part.VIDEO ? 90_000 : audioRate.orElseThrow();
                    long micros = Math.round(sample.dtsTicks() * 1e6 / timescale);
                    Long before = found.put(Bodies.numberIn(sample.data()), micros);
                    assertEquals(null, before, what + "\nrecorded twice: " + Bodies.numberIn(sample.data()));
                }
            }
        }
    }

    /** Whether a hole that an instant is in has the reason that so many takes began before. */
    private static boolean isTold(RecordedStream recorded, long micros) {
        return recorded.ends().stream()
                .filter(end -> end.reason() == GapReason.TOO_MANY_TAKES)
                .mapToLong(TakeEnd::utcMicros)
                .anyMatch(since -> since - MOST_OFF_MICROS <= micros && micros < since + 2 * GRID.periodMicros());
    }

    private static void assertNoCrumbs(RecordedStream recorded, String what) {
        for (Segment segment : recorded.segments()) {
            long ofTake = recorded.segments().stream()
                    .filter(other -> other.take().equals(segment.take()))
                    .count();
            assertTrue(ofTake == 1 || segment.durationMicros() >= 500_000, what + "\n" + segment);
        }
    }
}
