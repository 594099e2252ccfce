package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The player page in a real browser, on a real server, with a live picture that carries the time of day: what the page says it
 * shows is compared with what can be read out of the picture.
 */
class PlayerPageIT {
    private static final Path SCREENSHOTS = Path.of("target/screenshots");
    /** Not a whole number of hours from UTC, so that a mistaken zone cannot pass. */
    private static final String ZONE = "Asia/Kolkata";

    private static final Duration LIMIT = Duration.ofSeconds(40);
    /** From the camera to the page's live picture: three segments, the one being written, and some. */
    private static final double MOST_LATENCY_SECONDS = 25;
    /** PROGRAM-DATE-TIME is good to 0.3 s. */
    private static final double CLOCK_SECONDS = 0.4;

    private static final double RECORDED_SECONDS = 75;
    private static final String STATE = "document.documentElement.dataset";

    private static Optional<Path> chromium = Optional.empty();
    private static Red5Server server;
    private static LiveClock camera;

    private Browser browser;

    @BeforeAll
    static void startServerAndCamera() throws IOException, InterruptedException {
        chromium = Browser.executable();
        assumeTrue(
                chromium.isPresent(),
                "Chromium is not installed (no CHROMIUM in the environment, none on the path): the page was not tried");
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
        browser = Browser.start(chromium.orElseThrow(), Files.createTempDirectory(Path.of("target/it"), "browser"));
        browser.appearance(1280, 900, false);
        browser.timeZone(ZONE);
    }

    @AfterEach
    void closeBrowser() {
        browser.close();
    }

    @Test
    void watchesLiveRewindsGoesToAMomentAndComesBack() throws IOException, InterruptedException {
        open("");
        awaitPlaying("live");
        double live = awaitPictureInStep();
        assertTrue(now() - live < MOST_LATENCY_SECONDS, "live is " + (now() - live) + " s late");
        awaitMoving();
        screenshot("live");

        awaitRecorded(RECORDED_SECONDS);
        double before = shown();
        browser.click("#back");
        awaitPlaying("past");
        double rewound = awaitPictureInStep();
        assertTrue(rewound > before - 31 && rewound < before - 20, "from " + before + " to " + rewound);
        awaitMoving();
        screenshot("rewound");

        double given = Math.floor(now() - 60);
        goTo(given);
        awaitPlaying("past");
        double reached = awaitPictureInStep();
        assertTrue(reached > given - CLOCK_SECONDS && reached < given + 5, "asked " + given + ", got " + reached);
        screenshot("given-time");

        browser.click("#live");
        awaitPlaying("live");
        double again = awaitPictureInStep();
        assertTrue(now() - again < MOST_LATENCY_SECONDS, "live is " + (now() - again) + " s late");
        awaitMoving();
        screenshot("live-again");
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void opensALinkAtItsMomentAndStepsByKeys() throws IOException, InterruptedException {
        open("");
        awaitRecorded(RECORDED_SECONDS);
        double moment = Math.floor(now() - 50);
        open("?stream=live/camera&t=" + (long) moment);
        awaitPlaying("past");
        browser.click("#pause");
        double reached = awaitPictureInStep();
        assertTrue(reached > moment - CLOCK_SECONDS && reached < moment + 5, "asked " + moment + ", got " + reached);

        browser.evaluate("document.getElementById('slider').focus()");
        browser.press("ArrowLeft", false);
        browser.await(LIMIT, STATE + ".state === 'playing' && Number(" + STATE + ".utc) < " + (reached - 5));
        browser.click("#pause");
        double stepped = awaitPictureInStep();
        assertTrue(stepped > reached - 10.5 && stepped < reached - 5, "from " + reached + " to " + stepped);

        browser.click("#share");
        browser.await(LIMIT, STATE + ".notice.includes('link to this moment')");
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void fitsAPhoneInLightAndDark() throws IOException, InterruptedException {
        for (boolean dark : new boolean[] {false, true}) {
            browser.appearance(360, 780, dark);
            open("");
            awaitPlaying("live");
            awaitPictureInStep();
            screenshot(dark ? "phone-dark" : "phone-light");
            int width = browser.evaluate("document.documentElement.scrollWidth").getAsInt();
            assertTrue(width <= 360, "the page is " + width + " pixels wide");
        }
        browser.appearance(1280, 900, true);
        awaitPlaying("live");
        screenshot("live-dark");
        assertEquals(List.of(), browser.complaints());
    }

    private void open(String query) throws IOException, InterruptedException {
        browser.open(server.http("/dvr/" + query));
    }

    private void awaitPlaying(String mode) throws IOException, InterruptedException {
        browser.await(LIMIT, STATE + ".mode === '" + mode + "' && " + STATE + ".state === 'playing'");
    }

    private void awaitRecorded(double seconds) throws IOException, InterruptedException {
        browser.evaluate("window.recorded = 0; setInterval(async () => {"
                + " const [first] = await (await fetch('streams.json')).json();"
                + " window.recorded = first.to - first.from; }, 500)");
        browser.await(Duration.ofSeconds(120), "window.recorded > " + seconds);
    }

    /** Waits until media time and the time in the picture have both gone on. */
    private void awaitMoving() throws IOException, InterruptedException {
        double time = mediaTime();
        double picture = awaitPictureInStep();
        browser.await(LIMIT, "document.getElementById('video').currentTime > " + (time + 1));
        assertTrue(awaitPictureInStep() > picture, "the picture stands still at " + picture);
    }

    private double mediaTime() throws IOException, InterruptedException {
        return browser.evaluate("document.getElementById('video').currentTime").getAsDouble();
    }

    /** The moment that the page says it shows, in Unix seconds. */
    private double shown() throws IOException, InterruptedException {
        return browser.evaluate("Number(" + STATE + ".utc)").getAsDouble();
    }

    /** Waits until the picture and the page tell the same time, and returns the picture's, in Unix seconds. */
    private double awaitPictureInStep() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        double shown = Double.NaN;
        OptionalLong picture = OptionalLong.empty();
        while (System.nanoTime() < deadline) {
            shown = shown();
            picture = pictureMillis();
            if (picture.isPresent() && Math.abs(picture.getAsLong() / 1000.0 - shown) < CLOCK_SECONDS) {
                return picture.getAsLong() / 1000.0;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new AssertionError("the page says " + shown + ", the picture " + picture);
    }

    private OptionalLong pictureMillis() throws IOException, InterruptedException {
        String gray = browser.evaluate(
                        "(() => { const c = document.createElement('canvas'); c.width = 320; c.height = 180;"
                                + " const g = c.getContext('2d'); g.drawImage(document.getElementById('video'), 0, 0, 320, 180);"
                                + " const p = g.getImageData(0, 0, 320, 180).data; let s = '';"
                                + " for (let i = 0; i < p.length; i += 4) s += String.fromCharCode(p[i + 1]);"
                                + " return btoa(s); })()")
                .getAsString();
        return ClockPicture.read(Base64.getDecoder().decode(gray), 0, 320);
    }

    /** Fills in the date and time field, in the page's time zone, and submits it. */
    private void goTo(double moment) throws IOException, InterruptedException {
        LocalDateTime local = LocalDateTime.ofInstant(Instant.ofEpochSecond((long) moment), ZoneId.of(ZONE));
        browser.evaluate("(when => { when.value = '" + local.truncatedTo(ChronoUnit.SECONDS) + "';"
                + " when.dispatchEvent(new Event('input')); })(document.getElementById('when'))");
        browser.click("#go button");
    }

    private void screenshot(String name) throws IOException, InterruptedException {
        browser.screenshot(SCREENSHOTS.resolve("player-" + name + ".png"));
    }

    private static double now() {
        return System.currentTimeMillis() / 1000.0;
    }
}
