package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.red5.dvr.testbed.PlayerPage.CLOCK_SECONDS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The player page in a real browser, on a real server, with a live picture that carries the time of day: what the page says it
 * shows is compared with what can be read out of the picture.
 */
@SideBySide
class PlayerPageIT {
    /** From the camera to the page's live picture: three segments, the one being written, and some. */
    private static final double MOST_LATENCY_SECONDS = 25;

    private static final double RECORDED_SECONDS = 75;

    private static Optional<Path> chromium = Optional.empty();
    private static Red5Server server;
    private static LiveClock camera;

    private PlayerPage page;

    @BeforeAll
    static void startServerAndCamera() throws IOException, InterruptedException {
        chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "player-page");
        server = Red5Server.in(folder).start();
        camera = LiveClock.start(Ffmpeg.unpacked(CacheFolder.standard()), server.rtmp("live/camera"), 640, 360);
    }

    @AfterAll
    static void stop() {
        if (camera != null) {
            camera.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void openBrowser() throws IOException, InterruptedException {
        page = PlayerPage.of(server, chromium.orElseThrow());
    }

    @AfterEach
    void closeBrowser() {
        page.close();
    }

    @Test
    void watchesLiveRewindsGoesToAMomentAndComesBack() throws IOException, InterruptedException {
        // The page goes by the server's clock.
        page.clockAhead(Duration.ofMinutes(-7));
        page.open("");
        page.awaitPlaying("live");
        assertLive(page.awaitPictureInStep());
        page.awaitMoving();
        page.screenshot("live");

        page.awaitRecorded(RECORDED_SECONDS);
        double before = page.shown();
        page.click("#back");
        page.awaitPlaying("past");
        double rewound = page.awaitPictureInStep();
        assertTrue(rewound > before - 31 && rewound < before - 20, "from " + before + " to " + rewound);
        page.awaitMoving();
        page.screenshot("rewound");

        double given = Math.floor(now() - 60);
        page.goTo(given);
        page.awaitPlaying("past");
        assertReached(given, page.awaitPictureInStep());
        page.screenshot("given-time");

        page.click("#live");
        page.awaitPlaying("live");
        assertLive(page.awaitPictureInStep());
        page.awaitMoving();
        page.screenshot("live-again");
        assertEquals(List.of(), page.complaints());
    }

    @Test
    void opensALinkAtItsMomentAndStepsByKeys() throws IOException, InterruptedException {
        page.open("");
        page.awaitRecorded(RECORDED_SECONDS);
        double moment = Math.floor(now() - 50);
        page.open("?stream=live/camera&t=" + (long) moment);
        page.awaitPlaying("past");
        page.click("#pause");
        double reached = page.awaitPictureInStep();
        assertReached(moment, reached);

        page.press("ArrowLeft");
        page.await("state.state === 'playing' && Number(state.utc) < " + (reached - 5));
        page.click("#pause");
        double stepped = page.awaitPictureInStep();
        assertTrue(stepped > reached - 10.5 && stepped < reached - 5, "from " + reached + " to " + stepped);

        page.click("#share");
        page.await("state.notice.includes('link to this moment')");
        assertEquals(List.of(), page.complaints());
    }

    @Test
    void fitsAPhoneInLightAndDark() throws IOException, InterruptedException {
        for (boolean dark : new boolean[] {false, true}) {
            page.appearance(360, 780, dark);
            page.open("");
            page.awaitPlaying("live");
            page.awaitPictureInStep();
            page.screenshot(dark ? "phone-dark" : "phone-light");
            double width = page.number("document.documentElement.scrollWidth");
            assertTrue(width <= 360, "the page is " + width + " pixels wide");
        }
        page.appearance(1280, 900, true);
        page.awaitPlaying("live");
        page.screenshot("live-dark");
        assertEquals(List.of(), page.complaints());
    }

    private static void assertLive(double moment) {
        double late = now() - moment;
        assertTrue(late < MOST_LATENCY_SECONDS, "live is " + late + " s late");
    }

    private static void assertReached(double asked, double reached) {
        assertTrue(reached > asked - CLOCK_SECONDS && reached < asked + 5, "asked " + asked + ", got " + reached);
    }

    private static double now() {
        return System.currentTimeMillis() / 1000.0;
    }
}
