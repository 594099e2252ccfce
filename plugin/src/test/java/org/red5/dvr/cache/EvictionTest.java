package org.red5.dvr.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cache.Eviction.Evicted;

class EvictionTest {
    private static final Predicate<String> NONE = Set.<String>of()::contains;

    private final Eviction<String> eviction = new Eviction<>();
    private long nanos = Long.MAX_VALUE - 5;

    private void put(String file, long bytes) {
        eviction.grown(file, bytes, nanos++);
    }

    private void use(String file) {
        eviction.used(file, nanos++);
    }

    private List<String> over(long mostBytes) {
        return eviction.over(mostBytes, NONE).stream().map(Evicted::file).toList();
    }

    @Test
    void whatNobodyUsedGoesInTheOrderInWhichItWasFilled() {
        put("a", 40);
        put("b", 40);
        put("a", 10);
        put("c", 40);
        assertEquals(130, eviction.bytes());
        assertEquals(List.of(), over(130));
        assertEquals(List.of(new Evicted<>("b", 40L), new Evicted<>("a", 50L)), eviction.over(40, NONE));
        assertEquals(40, eviction.bytes());
        assertEquals(List.of("c"), over(0));
    }

    @Test
    void whatSomebodyUsedStaysWhileOthersPassThrough() {
        put("popular", 40);
        use("popular");
        for (int i = 0; i < 20; i++) {
            put("once " + i, 40);
            assertEquals(i == 0 ? List.of() : List.of("once " + (i - 1)), over(80));
        }
    }

    @Test
    void inTheMainQueueTheLastUseCounts() {
        put("a", 40);
        put("b", 40);
        use("a");
        use("b");
        put("c", 10);
        assertEquals(List.of("c"), over(80), "both come to the main queue");
        use("a");
        put("b", 1);
        put("d", 5);
        assertEquals(List.of("b"), over(85));
    }

    @Test
    void copiesOfLongWindowsPushOutNothingThatViewersUsed() {
        put("watched", 40);
        use("watched");
        put("new", 8);
        for (int i = 0; i < 20; i++) {
            String file = "copied " + i;
            for (int part = 0; part < 4; part++) {
                eviction.grownForExport(file, 10, nanos++);
            }
            over(90);
            assertTrue(eviction.bytes() <= 90);
        }
        eviction.grownForExport("watched", 2, nanos++);
        assertEquals(List.of("copied 19"), over(42), "what is in the main queue stays, also when a copy fills it up");
        put("copied 19", 40);
        put("other", 1);
        assertEquals(List.of("copied 19"), over(43), "it was not asked for before");
    }

    @Test
    void whatComesAgainSoonIsNotOnProbation() {
        put("a", 40);
        put("b", 40);
        assertEquals(List.of("a"), over(40));
        put("a", 20);
        put("c", 20);
        assertEquals(List.of("b", "c"), over(20));
    }

    @Test
    void ghostsAreForgotten() {
        for (int i = 0; i < 10; i++) {
            put("file " + i, 40);
        }
        assertEquals(10, over(0).size());
        put("file 0", 20);
        put("other", 20);
        assertEquals(List.of("file 0"), over(20), "it is new again");
    }

    @Test
    void whatIsInUseStays() {
        put("a", 40);
        put("b", 40);
        put("c", 40);
        assertEquals(
                List.of(new Evicted<>("b", 40L)),
                eviction.over(40, Set.of("a", "c")::contains),
                "more than that cannot go");
        assertEquals(80, eviction.bytes());
        assertEquals(Set.of("a", "c"), Set.copyOf(over(0)));
    }

    @Test
    void whatWasThereAtTheStartGoesByItsLastUse() {
        eviction.restored("a", 40, 1);
        eviction.restored("b", 40, 2);
        eviction.restored("c", 40, 3);
        nanos = 4;
        use("b");
        assertEquals(List.of("a", "c"), over(40));
    }

    @Test
    void whatNobodyUsesExpires() {
        long start = nanos;
        put("a", 40);
        put("b", 40);
        nanos += 100;
        use("a");
        put("c", 40);
        nanos += 100;
        assertEquals(List.of(), eviction.unusedSince(start, NONE));
        assertEquals(List.of(), eviction.unusedSince(start + 50, "b"::equals));
        assertEquals(List.of(new Evicted<>("b", 40L)), eviction.unusedSince(start + 50, NONE));
        assertEquals(80, eviction.bytes());
        assertEquals(2, eviction.unusedSince(nanos, NONE).size(), "the clock has stepped over the end of its range");
        assertEquals(0, eviction.bytes());
    }

    @Test
    void whatIsGoneOtherwiseIsNotEvicted() {
        put("a", 40);
        put("b", 40);
        eviction.removed("a");
        eviction.removed("a");
        use("a");
        assertEquals(40, eviction.bytes());
        assertEquals(List.of("b"), over(0));
    }

    /** Whatever happens, it knows what was put and has not gone, gives up what it must, and no more than that. */
    @Test
    void itKeepsAccount() {
        Random random = new Random(11);
        Map<String, Long> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            String file = "file " + (int) Math.abs(random.nextGaussian() * 30);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    long more = 1L + random.nextInt(50);
                    put(file, more);
                    model.merge(file, more, Long::sum);
                }
                case 2 -> use(file);
                case 3 -> over(model, 500 + random.nextInt(500), Set.of(file));
                default -> {
                    if (random.nextInt(10) == 0) {
                        eviction.removed(file);
                        model.remove(file);
                    }
                }
            }
            assertEquals(sum(model), eviction.bytes());
        }
    }

    private void over(Map<String, Long> model, long mostBytes, Set<String> inUse) {
        for (Evicted<String> gone : eviction.over(mostBytes, inUse::contains)) {
            assertTrue(sum(model) > mostBytes, "no more goes than has to");
            assertFalse(inUse.contains(gone.file()));
            assertEquals(model.remove(gone.file()), gone.bytes());
        }
        assertTrue(sum(model) <= mostBytes || inUse.containsAll(model.keySet()));
    }

    private static long sum(Map<String, Long> model) {
        return model.values().stream().mapToLong(bytes -> bytes).sum();
    }
}
