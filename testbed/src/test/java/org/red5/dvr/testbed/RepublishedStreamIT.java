package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A stream that was published, stopped, and published again ten seconds later with another picture size, in a real browser. */
@SideBySide
class RepublishedStreamIT {
    private static final double PUBLISHED_SECONDS = 20;
    private static final double STOPPED_SECONDS = 10;

    @Test
    void returnsToLiveAndPlaysAcrossTheHole() throws IOException, InterruptedException {
        Optional<Path> chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "republished");
        try (Red5Server server = Red5Server.in(folder).start();
                PlayerPage page = PlayerPage.of(server, chromium.get())) {
            double first = now();
            try (LiveClock camera = camera(server, 640, 360)) {
                page.open("");
                page.awaitPlaying("live");
                rest(first + PUBLISHED_SECONDS - now());
                assertTrue(camera.isAlive(), camera.errors());
            }
            double stopped = now();
            page.await("state.mode === 'past' && state.notice.includes('The stream has stopped')");
            rest(stopped + STOPPED_SECONDS - now());
            double second = now();
            try (LiveClock camera = camera(server, 960, 540)) {
                // Live is some seconds late: it may come by the end of what was before.
                page.await("state.mode === 'live' && state.state === 'playing' && Number(state.utc) > " + second);
                assertTrue(page.awaitPictureInStep() > second, "not live again: " + page.shown());
                rest(second + PUBLISHED_SECONDS - now());
                assertTrue(camera.isAlive(), camera.errors());
            }
            playAcross(page, stopped, second);
            jumpIntoTheHole(page, stopped + STOPPED_SECONDS / 2, second);
            assertTrue(page.shown() > first, "from before the beginning: " + page.shown());
            assertEquals(List.of(), page.complaints());
        }
    }

    private static void playAcross(PlayerPage page, double stopped, double second)
            throws IOException, InterruptedException {
        page.open("?stream=live/camera&t=" + (long) (stopped - 6));
        page.awaitPlaying("past");
        assertTrue(page.awaitPictureInStep() < stopped, "not before the hole: " + page.shown());
        assertEquals(640, page.number("document.getElementById('video').videoWidth"));
        page.await("Number(state.utc) > " + (second + 2) + " && state.error === ''");
        page.awaitPictureInStep();
        assertEquals(960, page.number("document.getElementById('video').videoWidth"));
    }

    private static void jumpIntoTheHole(PlayerPage page, double inside, double second)
            throws IOException, InterruptedException {
        page.goTo(inside);
        page.await("state.notice.includes('next recorded moment') && state.state === 'playing'"
                + " && Number(state.utc) > " + (second - 1));
        double reached = page.awaitPictureInStep();
        assertTrue(reached > second - 1 && reached < second + 8, "published again " + second + ", shown " + reached);
        assertTrue(page.notice().contains("not published"), page.notice());
        page.screenshot("hole");
        String hole = page.text("document.querySelector('.hole').ariaLabel");
        assertTrue(hole.endsWith("not published"), hole);
    }

    /** Closed, it goes as cameras do: without a farewell. */
    private static LiveClock camera(Red5Server server, int widthPixels, int heightPixels)
            throws IOException, InterruptedException {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        return LiveClock.start(ffmpeg, server.rtmp("live/camera"), widthPixels, heightPixels);
    }

    /** The encoder runs in real time: nothing to wait for but the clock. */
    private static void rest(double seconds) {
        long deadline = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        for (long left = deadline - System.nanoTime(); left > 0; left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static double now() {
        return System.currentTimeMillis() / 1000.0;
    }
}
