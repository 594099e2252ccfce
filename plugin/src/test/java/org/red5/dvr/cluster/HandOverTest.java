package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.cluster.TestNet.Fault;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.View.Shape;
import org.red5.dvr.playback.Window;
import org.red5.dvr.playback.hls.MediaPlaylist;
import org.red5.dvr.time.SettableClock;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Answered;

/**
 * An encoder goes from one origin to another and back, and viewers of edges and of an origin ask for playlists all the time: no
 * list changes what it gave out, and in the end everything that was recorded is everywhere, once.
 */
class HandOverTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** The first cell of an hour. */
    private static final long HOUR = 440_955_000;

    private static final int HAND_OVERS = 6;
    private static final long POLL_MICROS = 500_000;

    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    @Timeout(120)
    void listsKeepWhatTheyGaveOutAndNothingIsLost(int seed) throws Exception {
        TestTime time = new TestTime(TestNet.GRID.startUtcMicros(HOUR + 300));
        try (TestNet net = new TestNet(home, time.clocks())) {
            new Run(seed, time, net).check();
        }
    }

    /** One history. */
    private static final class Run {
        private final int seed;
        private final Random random;
        private final TestTime time;
        private final TestNet net;
        private final List<Server> origins;
        private final List<Viewer> viewers = new ArrayList<>();
        private final Server edge;
        /** What was recorded, by the time at which it is whole. */
        private final TreeMap<Long, List<Runnable>> coming = new TreeMap<>();

        private final List<Segment> recorded = new ArrayList<>();
        private final Map<String, Long> lastNumbers = new HashMap<>();

        Run(int seed, TestTime time, TestNet net) {
            this.seed = seed;
            this.random = new Random(seed);
            this.time = time;
            this.net = net;
            this.origins = List.of(net.server("a"), net.server("b", "source a:80;"));
            this.edge = net.server("e1", "source a:80;", "source b:80;");
            List<Server> asked = List.of(edge, net.server("e2", "source b:80;", "source a:80;"), origins.get(1));
            long from = time.micros() / 1_000_000 + 20;
            for (Server server : asked) {
                Playback playback = playback(server);
                for (String list :
                        List.of("index", "rewind-20", "archive-" + from + "-now", "archive-" + from + "-60")) {
                    viewers.add(new Viewer(server.node + ' ' + list, playback, list));
                }
            }
        }

        private Playback playback(Server server) {
            SettableClock clock = new SettableClock() {
                @Override
                public long millis() {
                    return time.micros() / 1_000;
                }
            };
            return new Playback(server.cluster.resolver(), TestNet.GRID, stream -> Duration.ofSeconds(60), clock);
        }

        void check() throws Exception {
            net.start();
            pass(4_000_000);
            long begin = time.micros();
            int at = random.nextInt(2);
            for (int i = 0; i < HAND_OVERS; i++) {
                Server origin = origins.get(at);
                long length = 1_000_000L + random.nextInt(40_000) * 1_000L;
                boolean isKilled = record(origin, time.micros() + random.nextInt(200_000), length);
                pass(length + 200_000);
                end(origin, isKilled);
                pass(random.nextInt(10) * 1_000_000L);
                at = random.nextInt(5) == 0 ? at : 1 - at;
            }
            origins.forEach(each -> net.well(each.node));
            net.healLink("e1", "a");
            pass(90_000_000);
            agree(begin);
        }

        /** Records what the encoder sends, as a recorder cuts it. */
        private boolean record(Server origin, long from, long length) {
            long to = from + length;
            boolean isKilled = random.nextInt(4) == 0;
            long gopMicros = 500_000L + random.nextInt(5) * 500_000L;
            TakeId take = TakeId.of(from, origin.node);
            long start = from;
            long number = Math.max(TestNet.GRID.numberAt(from), lastNumbers.getOrDefault(origin.node, 0L) + 1);
            List<Segment> segments = new ArrayList<>();
            while (start < to && number <= TestNet.GRID.numberAt(start) + 2) {
                long line = TestNet.GRID.startUtcMicros(number + 1);
                long most = start + 2 * TestNet.GRID.periodMicros();
                long cut = from + Math.floorDiv(line - from + gopMicros - 1, gopMicros) * gopMicros;
                cut = cut > most ? from + (most - from) / gopMicros * gopMicros : cut;
                if (cut >= to && isKilled) {
                    break; // It was in memory.
                }
                segments.add(new Segment(take, number, start, Math.min(cut, to) - start, 300, 100, true));
                start = cut;
                number++;
            }
            at(from, () -> origin.archive.live(CAMERA, true));
            for (Segment segment : segments) {
                at(segment.endUtcMicros(), () -> origin.archive.add(CAMERA, List.of(segment)));
                lastNumbers.put(origin.node, segment.number());
            }
            recorded.addAll(segments);
            if (!segments.isEmpty()) {
                GapReason reason = isKilled ? GapReason.SERVER_DOWN : GapReason.NOT_PUBLISHED;
                TakeEnd end =
                        new TakeEnd(take, segments.get(segments.size() - 1).endUtcMicros(), reason);
                at(to + (isKilled ? 5_000_000 : 1), () -> origin.archive.end(CAMERA, end));
            }
            at(to + 2, () -> origin.archive.live(CAMERA, false));
            return isKilled;
        }

        /** The encoder leaves an origin, which may be gone for a while, or seem so, or be configured otherwise. */
        private void end(Server origin, boolean isKilled) {
            int what = isKilled ? 0 : random.nextInt(5);
            long backMicros = time.micros() + 1_000_000L + random.nextInt(20) * 1_000_000L;
            switch (what) {
                case 0 -> net.fault(origin.node, Fault.REFUSED);
                case 1 -> net.fault(origin.node, Fault.SILENT);
                case 2 -> net.breakLink("e1", "a");
                case 3 ->
                    edge.configure(
                            random.nextBoolean()
                                    ? new String[] {"source b:80;", "source a:80 remote_dvr=none;"}
                                    : new String[] {"source b:80;"});
                default -> {}
            }
            at(backMicros, () -> {
                net.well(origin.node);
                net.healLink("e1", "a");
                edge.configure("source a:80;", "source b:80;");
            });
        }

        private void at(long micros, Runnable what) {
            coming.computeIfAbsent(micros, key -> new ArrayList<>()).add(what);
        }

        /** Lets time pass, with everybody asking. */
        private void pass(long micros) throws Exception {
            long end = time.micros() + micros;
            while (time.micros() < end) {
                time.pass(Duration.ofNanos(1_000 * Math.min(POLL_MICROS, end - time.micros())));
                while (!coming.isEmpty() && coming.firstKey() <= time.micros()) {
                    coming.pollFirstEntry().getValue().forEach(Runnable::run);
                }
                for (Viewer viewer : viewers) {
                    viewer.poll("seed " + seed + " at " + time.micros() / 1_000);
                }
            }
        }

        /** Every recorded segment once, in order of time, the same at all servers. */
        private void agree(long begin) throws Exception {
            recorded.sort(Comparator.comparingLong(Segment::startUtcMicros));
            long seconds = begin / 1_000_000 - 10;
            Window all = Window.parse("archive-" + seconds + '-' + (time.micros() / 1_000_000 - seconds))
                    .orElseThrow();
            for (String node : List.of("e1", "e2", "b")) {
                Playback playback = viewers.stream()
                        .filter(viewer -> viewer.name.startsWith(node + ' '))
                        .findFirst()
                        .orElseThrow()
                        .playback;
                View view = Answered.playback(playback.view(CAMERA, all));
                assertEquals(Shape.FINITE, view.shape());
                assertEquals(recorded, view.timeline().segments(), "seed " + seed + ", " + node);
            }
        }
    }

    /** Somebody who follows one list. */
    private static final class Viewer {
        private static final String TYPE = "#EXT-X-PLAYLIST-TYPE:";

        private final String name;
        private final Playback playback;
        private final Window window;
        private final Map<Long, String> seen = new LinkedHashMap<>();
        private long sequence;
        private long last;
        private Optional<String> type = Optional.empty();
        private boolean hasEnded;

        Viewer(String name, Playback playback, String list) {
            this.name = name;
            this.playback = playback;
            try {
                this.window = Window.parse(list).orElseThrow();
            } catch (PlaybackException e) {
                throw new AssertionError(e);
            }
        }

        void poll(String when) throws Exception {
            String text;
            try {
                text = new String(
                        MediaPlaylist.render(Answered.playback(playback.view(CAMERA, window))), StandardCharsets.UTF_8);
            } catch (PlaybackException e) {
                return; // Not yet, or not any more.
            }
            String where = when + ", " + name + ":\n";
            long number = value(text, "#EXT-X-MEDIA-SEQUENCE:");
            long discontinuity = value(text, "#EXT-X-DISCONTINUITY-SEQUENCE:");
            assertTrue(number >= sequence, where + "sequence went back from " + sequence + " to " + number);
            sequence = number;
            StringBuilder entry = new StringBuilder();
            for (String line : text.split("\n")) {
                if (line.equals("#EXT-X-DISCONTINUITY")) {
                    discontinuity++;
                } else if (line.startsWith("#EXTINF:") || line.equals("#EXT-X-GAP") || line.startsWith("#EXT-X-PROG")) {
                    entry.append(line).append(' ');
                } else if (line.startsWith("segments/")) {
                    String now = entry + line + ' ' + discontinuity;
                    String before = seen.putIfAbsent(number, now);
                    assertTrue(before == null || before.equals(now), where + number + " was " + before + ", is " + now);
                    entry.setLength(0);
                    number++;
                } else if (line.startsWith(TYPE)) {
                    type.ifPresent(known -> assertEquals(known, line, where));
                    type = Optional.of(line);
                }
            }
            boolean ends = text.endsWith("#EXT-X-ENDLIST\n");
            assertTrue(number >= last, where + "ended at " + last + ", ends at " + number);
            assertTrue(!hasEnded || (ends && number == last), where + "goes on after its end");
            last = number;
            hasEnded |= ends;
        }

        private static long value(String text, String tag) {
            int at = text.indexOf(tag);
            return at < 0 ? 0 : Long.parseLong(text.substring(at + tag.length(), text.indexOf('\n', at)));
        }
    }
}
