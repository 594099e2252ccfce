package org.red5.dvr.playback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Answered;

class DiscontinuitySequencesTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_400;
    private static final Window LIST = new Window.Rewind(80_000_000);

    private final DiscontinuitySequences sequences = new DiscontinuitySequences(1 << 20, System::nanoTime);

    private static int before(DiscontinuitySequences counts, Timeline timeline, int ordinal) throws IOException {
        return Answered.by(counts.before(CAMERA, LIST, timeline, () -> CompletableFuture.completedFuture(ordinal)));
    }

    @Test
    void withTheTakesOfOneServerItIsTheOrdinal() throws IOException {
        List<Segment> all = new ArrayList<>();
        Map<TakeId, Integer> ordinals = new HashMap<>();
        for (int take = 0; take < 12; take++) {
            TakeId id = TakeId.of(micros(FIRST + 7L * take), "origin");
            ordinals.put(id, 40 + take);
            all.addAll(MemorySource.run(id, FIRST + 7L * take, 7));
        }
        DiscontinuitySequences others = new DiscontinuitySequences(1 << 20, System::nanoTime);
        for (int from = 0; from + 20 <= all.size(); from++) {
            Timeline timeline = timeline(all.subList(from, from + 20));
            int ordinal = ordinals.getOrDefault(timeline.first().take(), 0);
            assertEquals(ordinal, before(sequences, timeline, ordinal));
            // A server that is asked now and then says the same.
            if (from % 5 == 0) {
                assertEquals(ordinal, before(others, timeline, ordinal));
            }
        }
    }

    @Test
    void itNeverStepsByAnythingButTheDiscontinuitiesRemoved() throws IOException {
        Random random = new Random(20_261_125);
        for (int run = 0; run < 100; run++) {
            List<Segment> all = new ArrayList<>();
            long number = FIRST;
            for (int take = 0; take < 60; take++) {
                TakeId id = TakeId.of(micros(number), "server" + random.nextInt(3));
                int count = 1 + random.nextInt(12);
                all.addAll(MemorySource.run(id, number, count));
                number += count + (random.nextInt(4) == 0 ? random.nextInt(3) : 0);
            }
            DiscontinuitySequences counts = new DiscontinuitySequences(1 << 20, System::nanoTime);
            int from = 0;
            int last = before(counts, timeline(all.subList(0, 20)), random.nextInt(100));
            while (from + 40 < all.size()) {
                int next = from + random.nextInt(5);
                int removed = 0;
                for (int i = from + 1; i <= next; i++) {
                    removed += all.get(i).take().equals(all.get(i - 1).take()) ? 0 : 1;
                }
                int now = before(counts, timeline(all.subList(next, next + 20)), random.nextInt(100));
                assertEquals(last + removed, now, "run " + run + ", from " + from + " to " + next);
                last = now;
                from = next;
            }
        }
    }

    @Test
    void answersThatOvertakeEachOtherAgree() throws IOException {
        List<Segment> all = new ArrayList<>();
        for (int take = 0; take < 4; take++) {
            all.addAll(MemorySource.run(TakeId.of(micros(FIRST + 3L * take), "s" + take % 2), FIRST + 3L * take, 3));
        }
        assertEquals(5, before(sequences, timeline(all.subList(2, 8)), 5));
        assertEquals(6, before(sequences, timeline(all.subList(4, 10)), 9));
        assertEquals(5, before(sequences, timeline(all.subList(2, 8)), 9));
        assertEquals(7, before(sequences, timeline(all.subList(6, 12)), 9));
    }

    @Test
    void whenNothingIsLeftOfWhatWasGivenOutItBeginsAgain() throws IOException {
        List<Segment> all = MemorySource.run(TakeId.of(micros(FIRST), "s"), FIRST, 100);
        assertEquals(5, before(sequences, timeline(all.subList(0, 20)), 5));
        assertEquals(9, before(sequences, timeline(all.subList(40, 60)), 9));
    }

    private static Timeline timeline(List<Segment> segments) {
        UtcRange window = new UtcRange(
                segments.get(0).startUtcMicros(),
                segments.get(segments.size() - 1).endUtcMicros());
        return Timeline.of("any", new Holdings(segments, List.of(), true, Optional.empty()), window);
    }

    private static long micros(long number) {
        return SegmentGrid.DEFAULT.startUtcMicros(number);
    }
}
