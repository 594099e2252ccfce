package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The player page of an edge in a real browser: two servers recorded one stream, one after the other, and the page says which of
 * them each part comes from, who asks whom and how they are; then one of them is killed.
 */
class ClusterPageIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String STREAM = "live/camera";
    private static final double RECORDED_SECONDS = 9;

    private static Optional<Path> chromium = Optional.empty();
    private static TestCluster cluster;
    private static TestNode origin;
    private static TestNode edge;
    private static LoopingPublisher publisher;

    @BeforeAll
    static void record() throws Exception {
        chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        cluster = new TestCluster("cluster-page");
        origin = cluster.add("origin").conf("stream * { dvr archive 1d; }\n");
        TestNode backup = cluster.add("backup").conf("stream * { dvr archive 1d; }\n");
        TestNode cache = cluster.add("cache").conf("source 127.0.0.1:" + origin.httpPort() + ";\n");
        edge = cluster.add("edge")
                .conf("source 127.0.0.1:" + cache.httpPort() + " remote_dvr=chain;\n" + "source 127.0.0.1:"
                        + backup.httpPort() + ";\n");
        cluster.start();
        FlvFile clip =
                FlvFile.read(new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard()).standard());
        try (LoopingPublisher first = LoopingPublisher.start(origin.server(), "camera", clip)) {
            Eventually.holds("recorded", LIMIT, () -> recordedBy("origin") > RECORDED_SECONDS);
            first.requireNoFailure();
        }
        publisher = LoopingPublisher.start(backup.server(), "camera", clip);
        Eventually.holds("recorded on", LIMIT, () -> recordedBy("backup") > RECORDED_SECONDS);
    }

    @AfterAll
    static void stop() throws IOException {
        if (publisher != null) {
            publisher.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    /** How much of the stream the edge has from a server. */
    private static double recordedBy(String server) throws IOException, InterruptedException {
        double seconds = 0;
        if (edge.dvr().get(STREAM + "/recording_status.json").statusCode() == 200) {
            for (JsonElement range :
                    edge.dvr().status(STREAM).get(0).getAsJsonObject().getAsJsonArray("ranges")) {
                if (range.getAsJsonObject().get("server").getAsString().equals(server)) {
                    seconds += range.getAsJsonObject().get("duration").getAsDouble();
                }
            }
        }
        return seconds;
    }

    @Test
    void showsWhoGivesWhatAndWhoAsksWhom() throws Exception {
        try (PlayerPage page = PlayerPage.of(edge.server(), chromium.orElseThrow())) {
            page.appearance(1280, 1300, false);
            page.open("");
            page.awaitPlaying("live");
            page.await("document.querySelector('.range[data-server=origin]')"
                    + " && document.querySelector('.range[data-server=backup]')");
            assertEquals(List.of("backup", "origin", "missing"), texts(page, "#legend li"));
            assertTrue(colors(page, "origin", "backup").stream().distinct().count() == 2, "each has its colour");
            String tip = tipOver(page, ".range[data-server=origin]");
            assertTrue(tip.matches("\\d\\d:\\d\\d:\\d\\d · origin, \\d\\d:\\d\\d:\\d\\d – \\d\\d:\\d\\d:\\d\\d"), tip);

            page.await("document.querySelectorAll('#map .server.up').length === 3");
            assertEquals(List.of("origin", "cache", "backup", "edge"), names(page));
            assertEquals(
                    List.of("cache nochain", "edge chain", "edge nochain"),
                    evaluated(
                                    page,
                                    "[...document.querySelectorAll('#map .policy')]"
                                            + ".map(p => p.dataset.asker + ' ' + p.dataset.policy)")
                            .stream()
                            .sorted()
                            .toList());
            page.await("document.querySelectorAll('#map .policy[data-current=true]').length === 1");
            assertEquals("", page.text("document.getElementById('troubles').textContent"));
            page.screenshot("cluster");

            origin.kill();
            page.await("document.querySelector('#map .server[data-server=origin]').dataset.state === 'down'");
            page.await(
                    "[...document.querySelectorAll('.hole')].some(hole => hole.ariaLabel.includes('server not reachable'))");
            page.screenshot("cluster-origin-down");
            fitsAPhoneInTheDark(page);
            assertEquals(List.of(), page.complaints());
        }
    }

    private static void fitsAPhoneInTheDark(PlayerPage page) throws IOException, InterruptedException {
        page.appearance(360, 780, true);
        page.await("document.querySelector('#map svg').getBoundingClientRect().width <= 360");
        double width = page.number("document.documentElement.scrollWidth");
        assertTrue(width <= 360, "the page is " + width + " pixels wide");
        page.number("(document.getElementById('cluster').scrollIntoView(), 0)");
        page.screenshot("cluster-phone-dark");
    }

    private static List<String> names(PlayerPage page) throws IOException, InterruptedException {
        return evaluated(page, "[...document.querySelectorAll('#map .server')].map(s => s.dataset.server)");
    }

    private static List<String> texts(PlayerPage page, String selector) throws IOException, InterruptedException {
        return evaluated(page, "[...document.querySelectorAll('" + selector + "')].map(e => e.textContent)");
    }

    private static List<String> colors(PlayerPage page, String... servers) throws IOException, InterruptedException {
        List<String> colors = new ArrayList<>();
        for (String server : servers) {
            colors.add(page.text(
                    "getComputedStyle(document.querySelector('.range[data-server=" + server + "]')).backgroundColor"));
        }
        return colors;
    }

    private static List<String> evaluated(PlayerPage page, String list) throws IOException, InterruptedException {
        return List.of(page.text(list + ".join('|')").split("\\|"));
    }

    /** What the time bar says with the pointer over an element of it. */
    private static String tipOver(PlayerPage page, String selector) throws IOException, InterruptedException {
        return page.text("(() => { const box = document.querySelector('" + selector + "').getBoundingClientRect();"
                + " document.getElementById('bar').dispatchEvent(new PointerEvent('pointermove',"
                + " { clientX: box.left + box.width / 2, clientY: box.top + 5 }));"
                + " return document.getElementById('tip').textContent; })()");
    }
}
