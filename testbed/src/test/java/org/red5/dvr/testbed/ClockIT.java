package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.red5.dvr.testbed.PacedPublish.Due;

/**
 * Encoders whose clocks misbehave, through a real server: all publish at once, one clip of 32 s each, and what is
 * recorded of each is compared with the clip, frame by frame.
 */
@SideBySide
class ClockIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CLIP_SECONDS = 32;
    private static final double FRAME_SECONDS = 0.04;
    /** Where time stamps step, counted from the start of the clip. */
    private static final long STEP_MILLIS = 12_000;
    /** How far a take may be off the time at which its frames were sent. */
    private static final double OFF_SECONDS = 0.75;

    private static final Map<String, UnaryOperator<Due>> ENCODERS = new TreeMap<>(Map.of(
            "wraps-at-32-bits", due -> stamped(due, due.tag().timestampMillis() + (1L << 32) - STEP_MILLIS),
            "goes-over-31-bits", due -> stamped(due, due.tag().timestampMillis() + (1L << 31) - STEP_MILLIS),
            "goes-over-24-bits", due -> stamped(due, due.tag().timestampMillis() + (1L << 24) - STEP_MILLIS),
            "jumps-ahead", due -> jumping(due, 3_600_000),
            "jumps-back", due -> jumping(due, -STEP_MILLIS),
            "runs-apart", ClockIT::apart,
            "is-too-fast", due -> new Due(due.millis() / 3, due.tag()),
            "stalls", due -> due.millis() < 10_000 ? due : new Due(Math.max(18_000, due.millis()), due.tag())));

    private static Ffmpeg ffmpeg;
    private static Path clip;
    private static Red5Server server;
    private static double publishedSeconds;

    @BeforeAll
    static void publishAll() throws Exception {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        clip = new Clips(ffmpeg, CacheFolder.standard())
                .get(new Clips.Spec(CLIP_SECONDS, 320, 180, 25, 50, 2, 400, true, true));
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "clock");
        server = Red5Server.in(folder)
                .conf("node origin;\nstream * { dvr archive 2d; }\n")
                .start();
        // The hour file of a take's second hour begins in the middle of a group of pictures.
        Eventually.holds("the hour goes on for long enough", LIMIT, ClockIT::isTimeInTheHour);
        List<Due> inTime = PacedPublish.inRealTime(FlvFile.read(clip).tags());
        List<PacedPublish> publishes = new ArrayList<>();
        for (Map.Entry<String, UnaryOperator<Due>> encoder : ENCODERS.entrySet()) {
            List<Due> tags = inTime.stream().map(encoder.getValue()).toList();
            publishes.add(PacedPublish.start(server, "live", encoder.getKey(), tags));
        }
        publishedSeconds = System.currentTimeMillis() / 1_000.0;
        for (PacedPublish publish : publishes) {
            try (publish) {
                publish.await(LIMIT);
            }
        }
        DvrClient dvr = new DvrClient(server);
        Eventually.holds(
                "all ended",
                LIMIT,
                () -> dvr.streams().asList().stream()
                        .map(stream -> stream.getAsJsonObject())
                        .noneMatch(stream -> stream.get("live").getAsBoolean()));
    }

    private static boolean isTimeInTheHour() {
        return 3_600 - System.currentTimeMillis() / 1_000 % 3_600 > CLIP_SECONDS + 20;
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void timeStampsThatWrapOrGoOverAPowerOfTwoLoseNothing() throws Exception {
        recorded("wraps-at-32-bits").assertWhole("32 bits");
        recorded("goes-over-31-bits").assertWhole("31 bits");
        recorded("goes-over-24-bits").assertWhole("24 bits");
    }

    @Test
    void aJumpLosesNothingAndMovesNothing() throws Exception {
        for (String stream : List.of("jumps-ahead", "jumps-back")) {
            Recording recording = recorded(stream);
            recording.assertWhole(stream);
            double moved = recording.mostMovedSeconds(recording.takes().get(0));
            assertTrue(moved < OFF_SECONDS, stream + ": frames are off by up to " + moved + " s");
        }
    }

    @Test
    void tracksThatRunApartStayOneTake() throws Exception {
        recorded("runs-apart").assertWhole("tracks run apart");
    }

    @Test
    void anEncoderThatStallsAndCatchesUpLosesNothing() throws Exception {
        recorded("stalls").assertWhole("stalls");
    }

    /** It sends 32 s within 11 s. Who is ten seconds ahead begins anew, once the cells that are used already are over. */
    @Test
    void anEncoderThatIsTooFastDoesNotRunAwayFromTheClock() throws Exception {
        Recording recording = recorded("is-too-fast");
        Recording.Take first = recording.takes().get(0);
        assertEquals(0, first.first());
        double seconds = first.end() * FRAME_SECONDS;
        assertTrue(seconds > 15 && seconds < 20, "the first take lasts " + seconds + " s");
        assertTrue(server.log().contains("live/is-too-fast: time stamps have left the wall clock by over 10 s"));
        double sentSeconds = publishedSeconds + CLIP_SECONDS / 3.0;
        for (Recording.Take take : recording.takes()) {
            double ahead = take.startSeconds() + take.video().count() * FRAME_SECONDS - sentSeconds;
            assertTrue(ahead < 10 + OFF_SECONDS, "recorded up to " + ahead + " s ahead of the last packet");
        }
    }

    /** All of them at once. */
    @Test
    void whatWasRecordedPlaysInChromium() throws Exception {
        Optional<Path> chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        Map<String, String> addresses = new TreeMap<>();
        for (String stream : ENCODERS.keySet()) {
            addresses.put(stream, new DvrClient(server).recorded("live/" + stream, (long) publishedSeconds - 10));
        }
        try (PlayerPage page = PlayerPage.of(server, chromium.orElseThrow())) {
            PlayedToTheEnd played = new PlayedToTheEnd(page, addresses);
            for (String stream : ENCODERS.keySet()) {
                played.assertWell(stream);
                int recorded = recorded(stream).takes().stream()
                        .mapToInt(take -> take.video().count())
                        .sum();
                // Where the player skips a hole some are decoded twice.
                assertTrue(played.frames(stream) >= recorded - 2, stream + ": " + played.frames(stream));
            }
        }
    }

    private static Recording recorded(String stream) throws IOException, InterruptedException {
        return new Recording(ffmpeg, server.dir().resolve("archive/live/" + stream), clip);
    }

    private static Due stamped(Due due, long millis) {
        return new Due(
                due.millis(), new FlvTag(due.tag().type(), millis, due.tag().payload()));
    }

    private static Due jumping(Due due, long byMillis) {
        long millis = due.tag().timestampMillis();
        return millis < STEP_MILLIS ? due : stamped(due, millis + byMillis);
    }

    /** Sound is stamped 3 % slower than it comes: after half a minute it is a second late. */
    private static Due apart(Due due) {
        long millis = due.tag().timestampMillis();
        return due.tag().type() == FlvTag.AUDIO ? stamped(due, millis * 97 / 100) : due;
    }
}
