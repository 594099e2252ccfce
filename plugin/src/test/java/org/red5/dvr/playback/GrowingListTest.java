package org.red5.dvr.playback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.View.Shape;
import org.red5.dvr.playback.hls.MediaPlaylist;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.time.SettableClock;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Answered;

/** Lists that grow, whose beginning a limit deletes: asked for again after a restart, at other servers, and by who comes later. */
class GrowingListTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** 2025-11-22T13:20:00Z. */
    private static final long START = 1_763_817_600;

    private static final long FIRST = START / 4;
    private static final Window SINCE = new Window.Since(START * 1_000_000);
    private static final TakeEnd EXPIRED = new TakeEnd(TakeId.of(0, "expired"), 0, GapReason.EXPIRED);

    private final SettableClock clock = new SettableClock();
    private final MemorySource source = new MemorySource();
    private Optional<Duration> kept = Optional.empty();

    /** A server that has just been started. */
    private Playback server() {
        return new Playback(
                new OwnResolver("origin", source, SegmentGrid.DEFAULT),
                SegmentGrid.DEFAULT,
                new Reach() {
                    @Override
                    public Duration liveWindow(StreamKey stream) {
                        return Duration.ofSeconds(60);
                    }

                    @Override
                    public Optional<Duration> kept(StreamKey stream) {
                        return kept;
                    }
                },
                clock);
    }

    private static Take take(int ordinal, long firstNumber) {
        TakeId id = TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(firstNumber), "origin");
        return new Take(id, ordinal, Optional.empty(), Optional.empty());
    }

    private void record(Take take, long firstNumber, int count) {
        source.add(CAMERA, take, MemorySource.run(take.id(), firstNumber, count))
                .live(CAMERA, true);
        clock.millis = SegmentGrid.DEFAULT.startUtcMicros(firstNumber + count) / 1_000;
    }

    private static Shape shape(Playback server, Window window) throws Exception {
        return Answered.playback(server.view(CAMERA, window)).shape();
    }

    @Test
    void aBeginningThatMayGoWhileSomebodyFollowsIsNoEvent() throws Exception {
        record(take(0, FIRST), FIRST, 900);
        assertEquals(Shape.GROWING, shape(server(), SINCE));
        kept = Optional.of(Duration.ofHours(14));
        assertEquals(Shape.GROWING, shape(server(), SINCE));
        kept = Optional.of(Duration.ofHours(12));
        assertEquals(Shape.LOSING_HEAD, shape(server(), SINCE));
        // A window that is over in two hours is followed for no longer.
        assertEquals(Shape.GROWING, shape(server(), new Window.Past(START * 1_000_000, 3 * 3_600_000_000L)));
        kept = Optional.of(Duration.ofHours(2));
        assertEquals(Shape.LOSING_HEAD, shape(server(), new Window.Past(START * 1_000_000, 3 * 3_600_000_000L)));
        // Elsewhere nothing is known of limits but what they have done.
        kept = Optional.empty();
        source.end(CAMERA, EXPIRED);
        assertEquals(Shape.LOSING_HEAD, shape(server(), SINCE));
        record(take(1, FIRST + 900), FIRST + 900, 12 * 900);
        Window recent = new Window.Since((START + 13 * 3_600) * 1_000_000 - 40_000_000);
        assertEquals(Shape.GROWING, shape(server(), recent));
        assertEquals(Shape.LOSING_HEAD, shape(server(), SINCE));
    }

    @Test
    void theTypeThatWasChosenStaysWhateverIsDeletedConfiguredOrRestarted() throws Exception {
        Take old = take(0, FIRST);
        Take young = take(1, FIRST + 100);
        record(old, FIRST, 90);
        record(young, FIRST + 100, 50);
        Playback server = server();
        List<Segment> before =
                Answered.playback(server.view(CAMERA, SINCE)).timeline().segments();
        Playback losing = server();
        View all = Answered.playback(losing.view(CAMERA, SINCE, Part.MUXED, Optional.of(ListType.LIVE)));
        assertEquals(Shape.LOSING_HEAD, all.shape());
        assertEquals(before, all.timeline().segments());
        kept = Optional.of(Duration.ofHours(1));
        source.remove(CAMERA).end(CAMERA, EXPIRED);
        record(young, FIRST + 100, 60);
        // Who follows an EVENT has all of it as long as the server knows it; a server that does not has none of it.
        View event = Answered.playback(server.view(CAMERA, SINCE));
        assertEquals(Shape.GROWING, event.shape());
        assertEquals(before, event.timeline().segments().subList(0, before.size()));
        PlaybackException gone = assertThrows(
                PlaybackException.class,
                () -> Answered.playback(server().view(CAMERA, SINCE, Part.MUXED, Optional.of(ListType.EVENT))));
        assertEquals(Kind.NOTHING_THERE, gone.kind());
        // Who follows the other one has what is left, at any server, and so has who comes now.
        for (Playback each : List.of(losing, server())) {
            View left = Answered.playback(each.view(CAMERA, SINCE, Part.MUXED, Optional.of(ListType.LIVE)));
            assertEquals(Shape.LOSING_HEAD, left.shape());
            assertEquals(FIRST + 100, left.timeline().first().number());
            assertEquals(1, left.takesBefore());
        }
        Playback restarted = server();
        assertEquals(Shape.LOSING_HEAD, shape(restarted, SINCE));
        // It stays so although nothing is deleted any more, and after its end.
        kept = Optional.empty();
        assertEquals(Shape.LOSING_HEAD, shape(restarted, SINCE));
        source.live(CAMERA, false);
        clock.millis += 60_000;
        assertEquals(Shape.LOSING_HEAD_ENDED, shape(restarted, SINCE));
    }

    @Test
    void aWindowThatHasGrownKeepsItsTypeOverARestartWhenItIsOver() throws Exception {
        record(take(0, FIRST), FIRST, 100);
        Window window = new Window.Past(START * 1_000_000, 300_000_000);
        assertEquals(Shape.FINITE, shape(server(), window));
        for (ListType type : ListType.values()) {
            View view = Answered.playback(server().view(CAMERA, window, Part.MUXED, Optional.of(type)));
            assertEquals(Optional.of(type), view.shape().type());
            assertTrue(view.shape().hasEnd());
        }
        assertEquals(
                Shape.SLIDING,
                Answered.playback(server().view(CAMERA, new Window.Live(), Part.MUXED, Optional.of(ListType.LIVE)))
                        .shape());
    }

    /** Takes and holes as they come, and a limit: each entry keeps its number, duration and discontinuity, whoever says it. */
    @Test
    void whatIsLeftOfAListNeverChanges() throws Exception {
        Random random = new Random(20_261_129);
        for (int round = 0; round < 40; round++) {
            source.remove(CAMERA);
            Map<Take, List<Segment>> takes = new HashMap<>();
            List<Take> order = new ArrayList<>();
            Playback following = server();
            Map<Long, String> said = new HashMap<>();
            long number = FIRST;
            long firstLeft = FIRST;
            for (int i = 0; i < 12; i++) {
                Take take = take(i, number);
                int count = 1 + random.nextInt(8);
                takes.put(take, MemorySource.run(take.id(), number, count));
                order.add(take);
                record(take, number, count);
                number += count + (random.nextBoolean() ? random.nextInt(5) : 0);
                if (random.nextInt(3) == 0 && order.size() > 2) {
                    source.remove(CAMERA).end(CAMERA, EXPIRED);
                    order.remove(0);
                    order.forEach(each -> source.add(CAMERA, each, takes.getOrDefault(each, List.of())));
                    source.live(CAMERA, true);
                    firstLeft =
                            takes.getOrDefault(order.get(0), List.of()).get(0).number();
                }
                for (Playback server : List.of(following, server())) {
                    Map<Long, String> now = entries(server);
                    now.forEach((at, entry) -> assertEquals(entry, said.computeIfAbsent(at, key -> entry)));
                    assertEquals(
                            firstLeft, now.keySet().stream().min(Long::compare).orElseThrow(), "round " + round);
                }
            }
        }
    }

    /** Duration, address and discontinuity of each entry, by media sequence number. */
    private static Map<Long, String> entries(Playback server) throws Exception {
        View view = Answered.playback(server.view(CAMERA, SINCE, Part.MUXED, Optional.of(ListType.LIVE)));
        String list = new String(MediaPlaylist.render(view), StandardCharsets.UTF_8);
        assertFalse(list.contains("PLAYLIST-TYPE"), list);
        assertTrue(list.contains("#EXT-X-START:TIME-OFFSET=0.001,PRECISE=YES\n"), list);
        Map<Long, String> entries = new HashMap<>();
        long number = 0;
        int discontinuity = 0;
        String duration = "";
        for (String line : list.split("\n")) {
            String value = line.substring(line.indexOf(':') + 1);
            if (line.startsWith("#EXT-X-MEDIA-SEQUENCE")) {
                number = Long.parseLong(value);
            } else if (line.startsWith("#EXT-X-DISCONTINUITY-SEQUENCE")) {
                discontinuity = Integer.parseInt(value);
            } else if (line.equals("#EXT-X-DISCONTINUITY")) {
                discontinuity++;
            } else if (line.startsWith("#EXTINF")) {
                duration = value;
            } else if (!line.startsWith("#")) {
                entries.put(number++, duration + line + ' ' + discontinuity);
            }
        }
        return entries;
    }
}
