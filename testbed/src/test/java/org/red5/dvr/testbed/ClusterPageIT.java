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
 * The player page of an edge in a real browser: two servers recorded one stream in turns, and the page says which of them each part
 * comes from, which server asks which, and how they are; then one of them is killed, and the edge forgets what it had from it.
 */
@SideBySide
class ClusterPageIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String STREAM = "live/camera";
    private static final double RECORDED_SECONDS = 9;

    private static Optional<Path> chromium = Optional.empty();
    private static TestCluster cluster;
    private static TestNode origin;
    private static TestNode edge;
    private static LoopingPublisher publisher;

    /** The backup records, then the origin, then the backup again. */
    @BeforeAll
    static void record() throws Exception {
        chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        cluster = new TestCluster("cluster-page");
        origin = cluster.add("origin").conf("stream * { dvr archive 1d; }\n");
        TestNode backup = cluster.add("backup").conf("stream * { dvr archive 1d; }\n");
        TestNode cache = cluster.add("cache").conf("source 127.0.0.1:" + backup.httpPort() + ";\n");
        edge = cluster.add("edge")
                .conf("source 127.0.0.1:" + origin.httpPort() + ";\n" + "source 127.0.0.1:" + cache.httpPort()
                        + " remote_dvr=chain;\n");
        cluster.start();
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        FlvFile clip = FlvFile.read(clips.standard());
        publishFor(backup, clip);
        publishFor(origin, clip);
        double before = recordedBy("backup");
        publisher = LoopingPublisher.start(backup.server(), "camera", clip);
        Eventually.holds("recorded on", LIMIT, () -> recordedBy("backup") > before + RECORDED_SECONDS);
    }

    private static void publishFor(TestNode node, FlvFile clip) throws Exception {
        try (LoopingPublisher publishes = LoopingPublisher.start(node.server(), "camera", clip)) {
            Eventually.holds("recorded by " + node.name(), LIMIT, () -> recordedBy(node.name()) > RECORDED_SECONDS);
            publishes.requireNoFailure();
        }
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

    /** How many seconds of the stream the edge has from a server. */
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
            assertMap(page);
            page.screenshot("cluster");

            origin.kill();
            page.await("document.querySelector('#map .server[data-server=origin]').dataset.state === 'down'");
            page.await("document.getElementById('troubles').textContent.startsWith('origin is down: ')");
            fitsAPhoneInTheDark(page);
            assertEquals(List.of(), page.complaints());
        }
        saysWhoDoesNotAnswer();
    }

    private static void assertMap(PlayerPage page) throws IOException, InterruptedException {
        page.await("document.querySelectorAll('#map .server.up').length === 3");
        assertEquals(List.of("backup", "origin", "cache", "edge"), names(page));
        List<String> policies = evaluated(
                page,
                "[...document.querySelectorAll('#map .policy')].map(one => one.dataset.asker + ' ' + one.dataset.policy)");
        assertEquals(
                List.of("cache nochain", "edge chain", "edge nochain"),
                policies.stream().sorted().toList());
        page.await("document.querySelectorAll('#map .policy[data-current=true]').length === 1");
        assertEquals("", page.text("document.getElementById('troubles').textContent"));
    }

    private static void fitsAPhoneInTheDark(PlayerPage page) throws IOException, InterruptedException {
        page.appearance(360, 780, true);
        page.await("document.querySelector('#map svg').getBoundingClientRect().width <= 360");
        double width = page.number("document.documentElement.scrollWidth");
        assertTrue(width <= 360, "the page is " + width + " pixels wide");
        page.number("(document.getElementById('cluster').scrollIntoView(), 0)");
        page.screenshot("cluster-phone-dark");
    }

    /** An edge that never heard of the origin knows its address alone. */
    private static void saysWhoDoesNotAnswer() throws IOException, InterruptedException {
        edge.stop();
        edge.start();
        try (PlayerPage page = PlayerPage.of(edge.server(), chromium.orElseThrow())) {
            page.appearance(1280, 1300, false);
            page.open("");
            String address = "127.0.0.1:" + origin.httpPort();
            page.await("[...document.querySelectorAll('.hole')]"
                    + ".some(hole => hole.ariaLabel.includes('server not reachable – " + address + ": '))");
            page.await(
                    "document.querySelector('#map .server[data-server=\"" + address + "\"]').dataset.state === 'down'");
            page.screenshot("cluster-origin-down");
        }
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
