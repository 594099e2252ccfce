package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.testbed.TwoLevels.CAMERA;
import static org.red5.dvr.testbed.TwoLevels.DEEP;
import static org.red5.dvr.testbed.TwoLevels.PART;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.TakeId;

/** In a cluster of two levels: which servers an edge asks for the past, and what it answers, is what its policy says. */
@SideBySide
class TwoLevelsIT {
    private static final Duration FAIL_OVER = Duration.ofSeconds(3);
    /** A source that is back is used again after it has been well for 30 s. */
    private static final Duration LEAST_PROBATION = Duration.ofSeconds(28);

    private static final Duration MOST_PROBATION = Duration.ofSeconds(36);

    private static TwoLevels levels;

    @BeforeAll
    static void start() throws Exception {
        levels = new TwoLevels();
        levels.start();
    }

    @AfterAll
    static void stop() throws IOException {
        if (levels != null) {
            levels.close();
        }
    }

    @BeforeEach
    void forget() {
        levels.cluster.forgetQuestions();
    }

    @AfterEach
    void heal() throws IOException {
        levels.cluster.heal();
    }

    @Test
    void withNoneOnlyTheCurrentSourceIsAsked() throws Exception {
        assertEquals(levels.numbers(0, PART), levels.numbers(levels.none));
        assertTrue(statusOf(levels.none, levels.takeOfA2, levels.first + PART) >= 400, "a segment of a2");
        assertTrue(statusOf(levels.none, levels.takeOfO, levels.first + 2 * PART) >= 400, "a segment of the origin");
        assertEquals(
                404,
                levels.none.dvr().get(DvrClient.past(DEEP, levels.first, 10)).statusCode());
        assertEquals(List.of(), levels.none.toA2().questions());
        assertEquals(List.of(), levels.questionsToO());
    }

    @Test
    void withNochainBothSourcesAreAskedForTheirOwn() throws Exception {
        assertEquals(levels.numbers(0, 2 * PART), levels.numbers(levels.nochain));
        assertEquals(200, statusOf(levels.nochain, levels.takeOfA2, levels.first + PART));
        assertTrue(statusOf(levels.nochain, levels.takeOfO, levels.first + 2 * PART) >= 400, "a segment of the origin");
        assertEquals(
                404,
                levels.nochain.dvr().get(DvrClient.past(DEEP, levels.first, 10)).statusCode());
        assertNotEquals(List.of(), levels.nochain.toA2().questions());
        assertEquals(List.of(), levels.questionsToO());
    }

    @Test
    void withChainTheArchiveBehindThemArrives() throws Exception {
        assertEquals(levels.numbers(0, 3 * PART), levels.numbers(levels.chain));
        for (DvrClient.Entry entry : levels.chain.dvr().entries(levels.allParts())) {
            TestNode holder = List.of(levels.a1, levels.a2, levels.o).get((int) (entry.number() - levels.first) / PART);
            assertTrue(entry.take().endsWith('-' + holder.name()), entry.toString());
            HttpResponse<byte[]> response = levels.chain.dvr().get(CAMERA + '/' + entry.uri());
            assertArrayEquals(holder.dvr().bytes(CAMERA + '/' + entry.uri()), response.body());
            assertEquals(
                    holder.name(), response.headers().firstValue("DVR-Server").orElse(""));
            String status = response.headers().firstValue("Cache-Status").orElse("");
            assertTrue(status.contains("edge-chain"), status);
        }
    }

    @Test
    void playlistsAndBytesAreTheOriginsOnEveryServerOnTheWay() throws Exception {
        String window = DvrClient.past(DEEP, levels.first - 2, 30);
        String media = window.replace(".m3u8", "-media.m3u8");
        DvrClient origin = levels.o.dvr();
        List<DvrClient.Entry> original = origin.entries(window);
        assertEquals(18, original.size());
        assertEquals(1, original.stream().filter(DvrClient.Entry::discontinuity).count());
        List<String> paths = new ArrayList<>();
        for (DvrClient.Entry entry : original) {
            String path = DEEP + '/' + entry.uri();
            paths.addAll(List.of(path, path.replace(".m4s", "-v.m4s"), path.replace(".m4s", "-a.m4s")));
            String init = DEEP + "/segments/" + entry.take() + "/init";
            paths.addAll(List.of(init + ".mp4", init + "-v.mp4", init + "-a.mp4"));
        }
        String download = window.replace(".m3u8", ".mp4");
        String etag = origin.get(download).headers().firstValue("ETag").orElseThrow();
        paths.add(download);
        for (TestNode server : List.of(levels.a1, levels.chain.node())) {
            assertEquals(original, server.dvr().entries(window), server.name());
            assertEquals(origin.text(media), server.dvr().text(media), "to the letter, " + server.name());
            assertEquals(304, server.dvr().get(download, "If-None-Match", etag).statusCode());
            for (String path : paths) {
                assertArrayEquals(origin.bytes(path), server.dvr().bytes(path), server.name() + ' ' + path);
            }
        }
    }

    @Test
    void closedHoursAreAskedForOnce() throws Exception {
        List<Long> once = levels.numbers(levels.chain);
        levels.chain.dvr().status(CAMERA);
        levels.cluster.forgetQuestions();
        assertEquals(once, levels.numbers(levels.chain));
        List<DvrClient.Entry> inside = levels.chain.dvr().entries(DvrClient.past(CAMERA, levels.first + 5, 35));
        assertEquals(
                once.subList(5, 40),
                inside.stream().map(DvrClient.Entry::number).toList());
        assertEquals(List.of(), levels.chain.toA1().questions());
        assertEquals(List.of(), levels.chain.toA2().questions());
        assertEquals(List.of(), levels.questionsToO());
    }

    @Test
    void theNextSourceTakesOverInThreeSecondsAndTheFirstIsBackWhenItWasWellForThirty() throws Exception {
        FaultProxy toA1 = levels.none.toA1();
        assertEquals(levels.numbers(0, PART), levels.numbers(levels.none));
        toA1.set(FaultProxy.Fault.SILENT);
        Duration silent = timeUntil(levels.numbers(PART, PART), FAIL_OVER);
        toA1.heal();
        Duration back = timeUntil(levels.numbers(0, PART), MOST_PROBATION);
        assertTrue(back.compareTo(LEAST_PROBATION) > 0, "back after " + back);
        toA1.set(FaultProxy.Fault.REFUSED);
        Duration refused = timeUntil(levels.numbers(PART, PART), FAIL_OVER);
        System.out.printf("fail-over: silent %s, refused %s; back after %s%n", silent, refused, back);
    }

    /** How long it takes until the answer is that one; until then it is the other source's or none, never a mixture. */
    private static Duration timeUntil(List<Long> wanted, Duration limit) throws Exception {
        long start = System.nanoTime();
        Eventually.holds("the answer of the other source", limit, () -> {
            List<Long> numbers = levels.numbersOrNone(levels.none);
            assertTrue(numbers.isEmpty() || numbers.size() == PART, numbers.toString());
            return numbers.equals(wanted);
        });
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static int statusOf(TwoLevels.Edge edge, TakeId take, long number)
            throws IOException, InterruptedException {
        return edge.dvr()
                .get(CAMERA + "/segments/" + take + '/' + number + ".m4s")
                .statusCode();
    }
}
