package org.red5.dvr.testbed;

import java.io.IOException;
import java.net.URI;
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

/** The player page in a browser, and what a viewer does and sees there. Moments are Unix seconds. For one thread. */
final class PlayerPage implements AutoCloseable {
    /** PROGRAM-DATE-TIME is good to 0.3 s. */
    static final double CLOCK_SECONDS = 0.4;

    private static final Path SCREENSHOTS = Path.of("target/screenshots");
    /** Not a whole number of hours from UTC, so that a mistaken zone cannot pass. */
    private static final String ZONE = "Asia/Kolkata";

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STATE = "document.documentElement.dataset";

    /** What tells the time in the picture, and the size at which it is legible. */
    enum Clock {
        BLOCKS(320, 180) {
            @Override
            OptionalLong read(byte[] gray) {
                return ClockPicture.read(gray, 0, 320);
            }
        },
        /** Of the built-in test picture. */
        DIGITS(TestPictureReader.WIDTH, TestPictureReader.HEIGHT) {
            @Override
            OptionalLong read(byte[] gray) {
                return TestPictureReader.read(gray);
            }
        };

        private final int widthPixels;
        private final int heightPixels;

        Clock(int widthPixels, int heightPixels) {
            this.widthPixels = widthPixels;
            this.heightPixels = heightPixels;
        }

        /** UTC milliseconds; empty where there are none to be read. */
        abstract OptionalLong read(byte[] gray);
    }

    private final Browser browser;
    private final URI address;
    private Clock clock = Clock.BLOCKS;

    private PlayerPage(Browser browser, URI address) {
        this.browser = browser;
        this.address = address;
    }

    /** A browser for the page of a server; nothing is opened yet. */
    static PlayerPage of(Red5Server server, Path chromium) throws IOException, InterruptedException {
        return at(server.http("/dvr/"), chromium);
    }

    /** A browser for the page at an address; nothing is opened yet. */
    static PlayerPage at(URI address, Path chromium) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "browser");
        Browser browser = Browser.start(chromium, folder);
        PlayerPage page = new PlayerPage(browser, address);
        browser.timeZone(ZONE);
        page.appearance(1280, 900, false);
        return page;
    }

    /** Where Chromium is; says on standard error that it is missing, since a skipped test is easily overlooked. */
    static Optional<Path> chromium() {
        Optional<Path> chromium = Browser.executable();
        if (chromium.isEmpty()) {
            System.err.println("Chromium is not installed (no CHROMIUM in the environment, none on the path):"
                    + " the player page was NOT tried");
        }
        return chromium;
    }

    @Override
    public void close() {
        browser.close();
    }

    /** The viewer's clock is so far ahead, from the next {@link #open} on. */
    void clockAhead(Duration ahead) throws IOException, InterruptedException {
        browser.clockAhead(ahead);
    }

    /** What is to be seen in the picture; blocks unless told otherwise. */
    void expect(Clock shown) {
        clock = shown;
    }

    void appearance(int widthPixels, int heightPixels, boolean dark) throws IOException, InterruptedException {
        browser.appearance(widthPixels, heightPixels, dark);
    }

    /** Opens the page, with a query that begins with a question mark, or none. */
    void open(String query) throws IOException, InterruptedException {
        browser.open(address.resolve(query));
    }

    /** Presses a key with the time bar focused. */
    void press(String key) throws IOException, InterruptedException {
        browser.evaluate("document.getElementById('slider').focus()");
        browser.press(key, false);
    }

    void click(String selector) throws IOException, InterruptedException {
        browser.click(selector);
    }

    /** Fills in the date and time field, in the page's time zone, and submits it. */
    void goTo(double moment) throws IOException, InterruptedException {
        LocalDateTime local = LocalDateTime.ofInstant(Instant.ofEpochSecond((long) moment), ZoneId.of(ZONE));
        browser.evaluate("(when => { when.value = '" + local.truncatedTo(ChronoUnit.SECONDS) + "';"
                + " when.dispatchEvent(new Event('input')); })(document.getElementById('when'))");
        browser.click("#go button");
    }

    /** Waits until a condition on {@code state}, the page's data attributes, holds. */
    void await(String condition) throws IOException, InterruptedException {
        browser.await(LIMIT, "(state => " + condition + ")(" + STATE + ")");
    }

    void awaitPlaying(String mode) throws IOException, InterruptedException {
        await("state.mode === '" + mode + "' && state.state === 'playing'");
    }

    /** Waits until the first stream is so long. */
    void awaitRecorded(double seconds) throws IOException, InterruptedException {
        browser.evaluate("window.recorded = 0; setInterval(async () => {"
                + " const [first] = await (await fetch('streams.json')).json();"
                + " window.recorded = first.to - first.from; }, 500)");
        browser.await(Duration.ofSeconds(120), "window.recorded > " + seconds);
    }

    /** Waits until media time and the time in the picture have both gone on. */
    void awaitMoving() throws IOException, InterruptedException {
        double time = number("document.getElementById('video').currentTime");
        double picture = awaitPictureInStep();
        browser.await(LIMIT, "document.getElementById('video').currentTime > " + (time + 1));
        double later = awaitPictureInStep();
        if (later <= picture) {
            throw new AssertionError("the picture stands still at " + picture);
        }
    }

    /** Waits until the picture and the page tell the same time, and returns the picture's. */
    double awaitPictureInStep() throws IOException, InterruptedException {
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
        throw new AssertionError(
                "the page says " + shown + ", the picture " + picture + "; the page's errors: " + browser.complaints());
    }

    /** The moment that the page says it shows. */
    double shown() throws IOException, InterruptedException {
        return number("Number(" + STATE + ".utc)");
    }

    /** What the page tells the viewer besides errors. */
    String notice() throws IOException, InterruptedException {
        return browser.evaluate(STATE + ".notice").getAsString();
    }

    double number(String expression) throws IOException, InterruptedException {
        return browser.evaluate(expression).getAsDouble();
    }

    String text(String expression) throws IOException, InterruptedException {
        return browser.evaluate(expression).getAsString();
    }

    /** Runs JavaScript in the page. */
    void evaluate(String script) throws IOException, InterruptedException {
        browser.evaluate(script);
    }

    List<String> complaints() {
        return browser.complaints();
    }

    void screenshot(String name) throws IOException, InterruptedException {
        browser.screenshot(SCREENSHOTS.resolve("player-" + name + ".png"));
    }

    private OptionalLong pictureMillis() throws IOException, InterruptedException {
        String gray = text("((width, height) => { const c = document.createElement('canvas');"
                + " c.width = width; c.height = height; const g = c.getContext('2d');"
                + " g.drawImage(document.getElementById('video'), 0, 0, width, height);"
                + " const p = g.getImageData(0, 0, width, height).data; let s = '';"
                + " for (let i = 0; i < p.length; i += 4) s += String.fromCharCode(p[i + 1]);"
                + " return btoa(s); })(" + clock.widthPixels + ", " + clock.heightPixels + ")");
        return clock.read(Base64.getDecoder().decode(gray));
    }
}
