package org.red5.dvr.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cache.ReadAhead.Abandoned;

class ReadAheadTest {
    private static final long SECOND = 1_000_000_000L;

    private final ReadAhead<String> readAhead = new ReadAhead<>(4, 10, Duration.ofSeconds(12));
    private long nanos = Long.MAX_VALUE - 20 * SECOND;

    private List<Long> ask(long number) {
        return readAhead.requested("take", number, nanos);
    }

    @Test
    void asManyAreFetchedAheadAsWereAskedForOneAfterTheOther() {
        assertEquals(List.of(), ask(10), "it may be a probe");
        assertEquals(List.of(12L, 13L), ask(11));
        assertEquals(List.of(14L, 15L), ask(12));
        assertEquals(List.of(16L, 17L), ask(13));
        assertEquals(List.of(18L), ask(14), "no more than the bound");
    }

    @Test
    void probesAndJumpsGiveNothing() {
        for (long number : new long[] {10, 20, 15, 17, 3, 19}) {
            assertEquals(List.of(), ask(number));
        }
        assertEquals(List.of(), readAhead.requested("other take", 20, nanos));
    }

    @Test
    void anotherTrackOfASegmentIsNoSegmentMore() {
        assertEquals(List.of(), ask(10));
        assertEquals(List.of(), ask(10));
        assertEquals(List.of(12L, 13L), ask(11));
        assertEquals(List.of(), ask(11));
        assertEquals(List.of(14L, 15L), ask(12));
    }

    @Test
    void viewersAtDifferentPlacesAreToldApart() {
        ask(10);
        ask(500);
        assertEquals(List.of(12L, 13L), ask(11));
        assertEquals(List.of(502L, 503L), ask(501));
        assertEquals(List.of(14L, 15L), ask(12));
    }

    @Test
    void whoComesToWhereAnotherIsGoesOnWithHim() {
        ask(10);
        ask(11);
        ask(12);
        assertEquals(List.of(), ask(11), "it is a run of its own");
        assertEquals(List.of(), ask(12), "what is ahead is fetched for the other");
        assertEquals(List.of(16L, 17L), ask(13), "which is as long as it was");
    }

    @Test
    void whatIsFetchedForNobodyIsAbandoned() {
        ask(10);
        ask(11);
        ask(500);
        nanos += 11 * SECOND;
        assertEquals(List.of(), readAhead.abandoned(nanos));
        ask(501);
        nanos += 5 * SECOND;
        assertEquals(List.of(new Abandoned<>("take", 12, 13)), readAhead.abandoned(nanos));
        assertEquals(List.of(), readAhead.abandoned(nanos), "once");
        assertEquals(List.of(), ask(12), "whoever comes back begins anew");
        nanos += 7 * SECOND;
        assertEquals(List.of(new Abandoned<>("take", 502, 503)), readAhead.abandoned(nanos));
        nanos += 100 * SECOND;
        assertEquals(List.of(), readAhead.abandoned(nanos), "nothing was fetched for a probe");
    }

    @Test
    void aRunThatGoesOnIsNotAtItsEnd() {
        for (long number = 10; number < 100; number++) {
            ask(number);
            nanos += 4 * SECOND;
            assertEquals(List.of(), readAhead.abandoned(nanos));
        }
    }

    @Test
    void noMoreRunsAreKnownThanTheBound() {
        ask(10);
        for (long number = 1_000; number < 1_009; number++) {
            ask(10 * number);
        }
        assertEquals(List.of(12L, 13L), ask(11));
        for (long number = 2_000; number < 2_010; number++) {
            ask(10 * number);
        }
        assertEquals(List.of(), ask(12), "it is forgotten");
    }

    /** Whoever asks how, no more than the bound is fetched beyond what was asked for, and nothing twice for one viewer. */
    @Test
    void aViewerWhoWatchesOnFindsEveryoneOfHisSegmentsButTheFirstTwo() {
        Random random = new Random(3);
        for (int view = 0; view < 200; view++) {
            Set<Long> fetched = new HashSet<>();
            long begin = 1_000L * view;
            long length = 1L + random.nextInt(20);
            for (long number = begin; number < begin + length; number++) {
                assertEquals(number >= begin + 2, fetched.contains(number));
                for (long ahead : ask(number)) {
                    assertTrue(ahead > number && ahead <= number + 4);
                    assertTrue(fetched.add(ahead));
                }
                ask(random.nextInt(1_000) - 2_000);
            }
        }
    }
}
