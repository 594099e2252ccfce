package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.Window;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Answered;

/** What an edge with a wrong clock plays of a stream that comes in at a source with the right one. */
class ClusterClocksTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST = 440_954_450;
    /** The last segment is two seconds old. */
    private static final int SEGMENTS = 30;

    private static final long NOW_SECONDS = (FIRST + SEGMENTS) * 4 + 2;

    @TempDir
    Path home;

    private final TestTime time = new TestTime((NOW_SECONDS - 60) * 1_000_000);
    private TestNet net;
    private Server origin;
    private Server edge;

    @BeforeEach
    void makeNet() {
        net = new TestNet(home, time.clocks());
        origin = net.server("o");
        origin.archive.add(CAMERA, MemoryArchive.run(TakeId.of(FIRST * 4_000_000, "o"), FIRST, SEGMENTS));
        origin.archive.live(CAMERA, true);
        edge = net.server("e", "source o:80;");
    }

    @AfterEach
    void close() {
        net.close();
    }

    private void edgeIsAhead(int seconds) {
        edge.clockAhead(Duration.ofSeconds(seconds));
        net.start();
        time.pass(Duration.ofSeconds(60));
        assertEquals(NOW_SECONDS * 1_000_000, time.micros());
    }

    private View view(String window) throws PlaybackException, IOException {
        Instant now = Instant.ofEpochMilli(edge.cluster.clock().getAsLong() / 1_000);
        Playback playback = new Playback(
                edge.cluster.resolver(),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofMinutes(1),
                Clock.fixed(now, ZoneOffset.UTC));
        return Answered.playback(playback.view(CAMERA, Window.parse(window).orElseThrow()));
    }

    @ParameterizedTest
    @ValueSource(ints = {-25, -20, -3, 0, 1, 3, 20, 25})
    void windowsAreThoseOfTheSource(int ahead) throws Exception {
        edgeIsAhead(ahead);
        View growing = view("archive-" + (NOW_SECONDS - 10) + "-now");
        assertEquals(View.Shape.GROWING, growing.shape());
        assertEquals(FIRST + SEGMENTS - 1, growing.timeline().last().number());
        // It ends in what is not recorded yet, by whichever clock.
        View window = view("archive-" + (NOW_SECONDS - 20) + "-22");
        assertEquals(View.Shape.GROWING, window.shape());
        assertFalse(window.isOver());
        View live = view("index");
        assertEquals(FIRST + SEGMENTS - 1, live.timeline().last().number());
        assertEquals(16, live.timeline().segments().size(), 1, "a minute");
    }

    /** A viewer who goes by the edge's clock. */
    @ParameterizedTest
    @ValueSource(ints = {3, 20, 25})
    void whatIsNearNowByAClockThatIsAheadIsWorthAnotherTry(int ahead) {
        edgeIsAhead(ahead);
        for (int from = edgeSeconds(ahead) - 1; from > edgeSeconds(0) - 2; from--) {
            String window = "archive-" + from + "-5";
            assertEquals(
                    Kind.NOT_YET,
                    assertThrows(PlaybackException.class, () -> view(window)).kind(),
                    window);
        }
        assertEquals(
                Kind.NOTHING_THERE,
                assertThrows(PlaybackException.class, () -> view("archive-" + (NOW_SECONDS + 3_600) + "-5"))
                        .kind());
    }

    private static int edgeSeconds(int ahead) {
        return (int) NOW_SECONDS + ahead;
    }

    @Test
    void theClockStandsStillOverWhatTheWayMakesUpAndComesBack() {
        edgeIsAhead(20);
        long aheadMicros = edge.cluster.clock().getAsLong() - time.micros();
        assertEquals(0, aheadMicros);
        edge.clockAhead(Duration.ofSeconds(21));
        time.pass(Duration.ofSeconds(2));
        assertEquals(1_000_000, edge.cluster.clock().getAsLong() - time.micros());
        edge.clockAhead(Duration.ZERO);
        time.pass(Duration.ofSeconds(2));
        assertEquals(0, edge.cluster.clock().getAsLong() - time.micros());
    }

    /** It records by its own clock, and plays what the other has recorded by a clock that is ahead of it. */
    @Test
    void aServerThatRecordsGoesBackForNobody() {
        edge.configure("source o:80;", "stream * { dvr dvr 1d; }");
        edgeIsAhead(20);
        assertEquals(20_000_000, edge.cluster.clock().getAsLong() - time.micros());
        edge.clockAhead(Duration.ofSeconds(-20));
        time.pass(Duration.ofSeconds(2));
        assertEquals(0, edge.cluster.clock().getAsLong() - time.micros());
    }

    @Test
    void segmentsOfTheNewestEntriesCanBeHad() throws Exception {
        edgeIsAhead(20);
        for (Segment segment : view("index").timeline().segments()) {
            assertTrue(edge.resolver()
                    .segment(CAMERA, segment.take(), segment.number(), Part.MUXED)
                    .isPresent());
        }
    }
}
