package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.testbed.WebPlayers.Player;
import org.red5.dvr.timeline.StreamKey;

/**
 * Players go over every kind of break: in windows of the past, and live, where they stand still no longer than what they show. In each
 * build ffmpeg does, and GStreamer where it is installed, in the past, and hls.js over three pauses; all of it with hls.js,
 * shaka-player 5 and 4 and video.js is done with {@code -Dplayers=FOLDER}, where
 * {@code npm install hls.js shaka-player shaka4@npm:shaka-player@4 video.js} was called in that folder. {@code -Dplayers.pauses=15,14,12}
 * has other pauses of as many streams, in seconds.
 */
@SideBySide
class PlayersIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int CLIP_SECONDS = 14;
    private static final long START_SECONDS = System.currentTimeMillis() / 3_600_000 * 3_600 - 7_200 + 30;
    /** Of a live list before a viewer comes: three target durations; shaka-player 4 keeps to the length that a list has at first. */
    private static final int FIRST_ENTRIES = System.getProperty("players", "").isEmpty() ? 6 : 16;
    /** So long a player has played when it is looked at how far it is behind: longer than two entries last. */
    private static final int BEHIND_AFTER_SECONDS = 10;
    /** Three target durations where it joins: then between an entry less and, when the list was about to grow, an entry more. */
    private static final double MOST_BEHIND_SECONDS = 14;
    /** Players are no further behind than this. */
    private static final int FURTHEST_BEHIND_SECONDS = 24;
    /** An init segment is asked for again by some, and a list when it is opened. */
    private static final int MOST_REQUESTS = 3;
    /** Pictures at a break that a decoder may drop. */
    private static final int FEWER_FRAMES = 4;

    /** A key frame each second, and one that is a change or a break after 14 s. */
    private static Map<String, Long> recordBreaks(Path folder, Path root) throws Exception {
        EncodedClips clips = new EncodedClips(Ffmpeg.unpacked(CacheFolder.standard()), folder, CLIP_SECONDS);
        String plain = EncodedClips.X264 + " -c:a aac";
        List<FlvTag> usual = clips.get("usual", "160x90", plain);
        Map<String, List<FlvTag>> others = new LinkedHashMap<>();
        others.put("pause", usual);
        others.put("hole", usual);
        others.put("size", clips.get("size", "320x180", plain));
        others.put("sound", clips.get("sound", "160x90", plain + " -ar 44100 -ac 1"));
        others.put("codec", clips.get("codec", "160x90", "-c:v libsvtav1 -preset 12 -c:a aac"));
        others.put("lost", clips.get("lost", "160x90", EncodedClips.X264 + " -an"));
        others.put("dark", clips.get("dark", "160x90", "-vn -c:a aac"));
        Map<String, Long> frames = new TreeMap<>();
        for (Map.Entry<String, List<FlvTag>> other : others.entrySet()) {
            String name = other.getKey();
            double after = CLIP_SECONDS + (name.equals("hole") ? 9 : name.equals("pause") ? 3 : 0.4);
            record(root, name, usual, 0);
            record(root, name, other.getValue(), after);
            frames.put(name, 25L * CLIP_SECONDS * (name.equals("dark") ? 1 : 2));
        }
        record(root, "gained", others.get("lost"), 0);
        record(root, "gained", usual, CLIP_SECONDS + 0.4);
        frames.put("gained", 50L * CLIP_SECONDS);
        return frames;
    }

    private static void record(Path root, String name, List<FlvTag> tags, double afterSeconds) throws IOException {
        RecordedTags.record(
                root,
                new StreamKey("live", name),
                START_SECONDS * 1_000_000 + (long) (afterSeconds * 1_000_000),
                tags,
                elapsedMillis -> 0);
    }

    @Test
    @EnabledIfSystemProperty(named = "players", matches = ".+")
    void playsOverEveryBreakOfTheArchive() throws Exception {
        Path chromium = chromium();
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "players");
        Map<String, Long> frames = recordBreaks(folder, folder.resolve("red5/archive"));
        try (Red5Server server = Red5Server.in(folder.resolve("red5"))
                .conf("node origin;\nstream * { dvr archive; }\n")
                .start()) {
            for (Player player : Player.all()) {
                // Each in a browser of its own: the two cores of a small machine decode no more at a time.
                try (WebPlayers players = new WebPlayers(server, chromium)) {
                    Set<String> kinds = new TreeSet<>(frames.keySet());
                    if (player.keepsToItsCodec()) {
                        kinds.remove("codec");
                    }
                    for (String kind : kinds) {
                        URI window = server.http("/dvr/live/" + kind + "/archive-" + (START_SECONDS - 5) + "-120.m3u8");
                        players.play(player + "-" + kind, player, window, 2);
                    }
                    assertAll(kinds.stream().map(kind -> () -> {
                        String name = player + "-" + kind;
                        players.awaitEnd(name);
                        players.assertWell(name, 0);
                        int shown = players.frames(name);
                        assertTrue(shown >= frames.get(kind) - FEWER_FRAMES, name + ": " + shown + " pictures");
                    }));
                }
            }
        }
    }

    /** Every picture that they show is one that was recorded, or black where there was none. */
    @Test
    void playersOutsideOfABrowserGoOverEveryBreakOfTheArchive() throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "native-players")
                .toAbsolutePath();
        Map<String, Long> frames = recordBreaks(folder, folder.resolve("red5/archive"));
        // They keep to the codec that a list begins with, as some web players do.
        frames.remove("codec");
        RawPictures originals = new RawPictures();
        for (String clip : List.of("usual", "size", "sound", "lost")) {
            Path raw = folder.resolve(clip + ".yuv");
            ffmpeg.run(LIMIT, "-i", folder.resolve(clip + ".flv").toString(), "-an", "-f", "rawvideo", raw.toString())
                    .requireSuccess();
            boolean isLarge = clip.equals("size");
            originals.addOriginals(raw, isLarge ? 320 : 160, isLarge ? 180 : 90);
        }
        try (Red5Server server = Red5Server.in(folder.resolve("red5"))
                        .conf("node origin;\nstream * { dvr archive; }\n")
                        .start();
                FaultProxy proxy = new FaultProxy(server.httpPort())) {
            List<NativePlayer> players = NativePlayer.here();
            for (Map.Entry<String, Long> kind : frames.entrySet()) {
                URI window = URI.create("http://" + proxy.address() + "/dvr/live/" + kind.getKey() + "/archive-"
                        + (START_SECONDS - 5) + "-120.m3u8");
                playAtOnce(players, ffmpeg, window, folder.resolve(kind.getKey()), originals, kind.getValue());
                assertNoLoop(proxy, players.size());
            }
        }
    }

    private static void playAtOnce(
            List<NativePlayer> players, Ffmpeg ffmpeg, URI window, Path pictures, RawPictures originals, long frames)
            throws IOException, InterruptedException {
        Map<NativePlayer, RunningProcess> playing = new LinkedHashMap<>();
        try {
            for (NativePlayer player : players) {
                playing.put(player, player.start(ffmpeg, window, file(pictures, player)));
            }
            for (NativePlayer player : players) {
                String name = player + " " + window;
                NativePlayer.awaitEnd(playing.get(player), name);
                RawPictures.Seen seen = originals.look(file(pictures, player));
                assertEquals(Set.of(), seen.strange(), name);
                assertTrue(Math.abs(seen.originals() - frames) <= FEWER_FRAMES, name + ": " + seen.originals());
                Files.delete(file(pictures, player));
            }
        } finally {
            playing.values().forEach(RunningProcess::close);
        }
    }

    private static Path file(Path pictures, NativePlayer player) {
        return Path.of(pictures + "-" + player + ".yuv");
    }

    private static void assertNoLoop(FaultProxy proxy, int players) {
        Map<String, Long> requests =
                proxy.questions().stream().collect(Collectors.groupingBy(PeerQuestion::target, Collectors.counting()));
        requests.forEach((target, count) -> assertTrue(count <= (long) MOST_REQUESTS * players, target + ": " + count));
        proxy.forget();
    }

    /** Streams whose encoder comes back after so many seconds. */
    static List<String> pauses() {
        String asked = System.getProperty("players.pauses", "");
        if (!asked.isEmpty()) {
            return List.of(asked.replace(',', ' '));
        }
        return System.getProperty("players", "").isEmpty() ? List.of("0.5 2 13") : List.of("0.5 2 13", "1 3 5 9");
    }

    @ParameterizedTest
    @MethodSource("pauses")
    void liveTheyStandStillNoLongerThanTheirEncoder(String pauses) throws Exception {
        Path chromium = chromium();
        Map<String, Double> streams = new LinkedHashMap<>();
        Arrays.stream(pauses.split(" ")).forEach(pause -> streams.put("after" + pause, Double.valueOf(pause)));
        try (TestCluster cluster = new TestCluster("pauses")) {
            TestNode origin = cluster.add("o").conf("stream * { dvr archive 1d; }\n");
            cluster.start();
            String longest = List.copyOf(streams.keySet()).get(streams.size() - 1);
            try (Encoders encoders = new Encoders(List.copyOf(streams.keySet()));
                    WebPlayers players = new WebPlayers(origin.server(), chromium);
                    LiveNativePlayers outside = new LiveNativePlayers(origin, longest)) {
                for (String name : streams.keySet()) {
                    encoders.begin(name, origin);
                }
                List<String> names = watch(players, origin, streams.keySet());
                outside.play();
                for (String name : names) {
                    players.awaitPlayed(name, BEHIND_AFTER_SECONDS);
                    if (!name.startsWith("SHAKA")) {
                        players.assertBehind(name, MOST_BEHIND_SECONDS);
                    }
                }
                for (String name : streams.keySet()) {
                    encoders.leave(name);
                }
                long left = System.nanoTime();
                for (Map.Entry<String, Double> stream : streams.entrySet()) {
                    awaitNanos(left + (long) (stream.getValue() * 1e9));
                    encoders.begin(stream.getKey(), origin);
                }
                awaitOtherSide(players, names);
                assertAll(names.stream()
                        .map(name ->
                                () -> players.assertWell(name, streams.get(name.substring(name.indexOf(' ') + 1)))));
                outside.assertWell();
            }
        }
    }

    /** An encoder that goes over to the other origin, and two that record the same, of which the one that the edge uses is killed. */
    @Test
    @EnabledIfSystemProperty(named = "players", matches = ".+")
    void liveTheyGoOverToTheOtherOrigin() throws Exception {
        Path chromium = chromium();
        try (TestCluster cluster = new TestCluster("players-over")) {
            TestNode a = cluster.add("a").conf("stream * { dvr archive 1d; }\n");
            TestNode b = cluster.add("b").conf("stream * { dvr archive 1d; }\n");
            TestNode edge = cluster.add("edge")
                    .conf("source 127.0.0.1:" + a.httpPort() + ";\nsource 127.0.0.1:" + b.httpPort() + ";\n");
            cluster.start();
            try (Encoders encoders = new Encoders(List.of("roving", "twin", "twin/2"));
                    WebPlayers players = new WebPlayers(edge.server(), chromium)) {
                encoders.begin("roving", a);
                encoders.begin("twin", a);
                encoders.begin("twin/2", b);
                List<String> names = watch(players, edge, List.of("roving", "twin"));
                encoders.leave("roving");
                awaitNanos(System.nanoTime() + 1_000_000_000L);
                encoders.begin("roving", b);
                awaitOtherSide(
                        players,
                        names.stream().filter(name -> name.endsWith("roving")).toList());
                a.kill();
                awaitOtherSide(
                        players,
                        names.stream().filter(name -> name.endsWith("twin")).toList());
                assertAll(names.stream().map(name -> () -> players.assertWell(name, name.endsWith("roving") ? 1 : 0)));
            }
        }
    }

    private static Path chromium() {
        Optional<Path> chromium = PlayerPage.chromium();
        assumeTrue(chromium.isPresent(), "Chromium is not installed");
        return chromium.orElseThrow();
    }

    /** Begins to play all streams in all players; each plays when it returns. */
    private static List<String> watch(WebPlayers players, TestNode at, Iterable<String> streams) throws Exception {
        List<String> names = new ArrayList<>();
        for (String stream : streams) {
            String list = "live/" + stream + "/index.m3u8";
            Eventually.holds(
                    "three target durations of " + stream,
                    LIMIT,
                    () -> at.dvr().get(list).statusCode() == 200
                            && at.dvr().entries(list).size() > FIRST_ENTRIES);
            for (Player player : Player.all()) {
                String name = player + " " + stream;
                players.play(name, player, at.dvr().uri(list), 1);
                names.add(name);
            }
        }
        for (String name : names) {
            players.awaitPlayed(name, 2);
        }
        return names;
    }

    /** Waits until each has played over the break. */
    private static void awaitOtherSide(WebPlayers players, List<String> names) throws Exception {
        Map<String, Double> wanted = new LinkedHashMap<>();
        for (String name : names) {
            players.awaitSecondTake(name);
            wanted.put(name, players.played(name) + FURTHEST_BEHIND_SECONDS);
        }
        for (String name : names) {
            players.awaitPlayed(name, wanted.get(name));
        }
    }

    /** What plays outside of a browser watches one live stream through its hole, by a way of its own on which requests are counted. */
    private static final class LiveNativePlayers implements AutoCloseable {
        /** More than what a list has when they begin, and than what there was of the first take. */
        private static final int PICTURES = 25 * 40;

        private static final int PICTURE_BYTES = 320 * 180 * 3 / 2;
        private final Map<NativePlayer, RunningProcess> playing = new LinkedHashMap<>();
        private final FaultProxy proxy;
        private final String stream;
        private final Path folder;

        LiveNativePlayers(TestNode at, String stream) throws IOException {
            proxy = new FaultProxy(at.httpPort());
            this.stream = stream;
            folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "native-live")
                    .toAbsolutePath();
        }

        void play() throws IOException {
            Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
            URI list = URI.create("http://" + proxy.address() + "/dvr/live/" + stream + "/index.m3u8");
            for (NativePlayer player : NativePlayer.here()) {
                playing.put(player, player.start(ffmpeg, list, file(folder, player)));
            }
        }

        /** They have got over the hole, with nothing but what was published, and asked for nothing again and again. */
        void assertWell() throws Exception {
            RawPictures originals = new RawPictures();
            Path raw = folder.resolve("original.yuv");
            Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
            String clip = new Clips(ffmpeg, CacheFolder.standard()).standard().toString();
            ffmpeg.run(LIMIT, "-i", clip, "-an", "-f", "rawvideo", raw.toString())
                    .requireSuccess();
            originals.addOriginals(raw, 320, 180);
            Files.delete(raw);
            for (Map.Entry<NativePlayer, RunningProcess> player : playing.entrySet()) {
                Path pictures = file(folder, player.getKey());
                String name = player.getKey() + " live";
                RunningProcess process = player.getValue();
                Eventually.holds(
                        name + " goes over the hole",
                        LIMIT,
                        () -> Files.size(pictures) > (long) PICTURES * PICTURE_BYTES || !process.isAlive());
                assertTrue(process.isAlive(), () -> name + " has ended: " + process.errors());
                process.stop();
                try (FileChannel file = FileChannel.open(pictures, StandardOpenOption.WRITE)) {
                    // The last one was being written.
                    file.truncate(file.size() / PICTURE_BYTES * PICTURE_BYTES);
                }
                assertEquals(Set.of(), originals.look(pictures).strange(), name);
                Files.delete(pictures);
            }
            Map<String, Long> requests = proxy.questions().stream()
                    .collect(Collectors.groupingBy(PeerQuestion::target, Collectors.counting()));
            // Ffmpeg asks for the init segment again with each list that it loads.
            requests.keySet().removeIf(target -> !target.contains("/segments/") || target.endsWith("/init.mp4"));
            assertFalse(requests.isEmpty());
            requests.forEach((target, count) ->
                    assertTrue(count <= (long) MOST_REQUESTS * playing.size(), target + ": " + count));
        }

        @Override
        public void close() throws IOException {
            playing.values().forEach(RunningProcess::close);
            proxy.close();
        }
    }

    private static void awaitNanos(long dueNanos) {
        for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(wait);
        }
    }

    /** Encoders by name, each at one server or none. */
    private static final class Encoders implements AutoCloseable {
        private final Map<String, RovingEncoder> all = new LinkedHashMap<>();
        private final Map<String, RovingEncoder.Leg> legs = new LinkedHashMap<>();

        /** @param streams the names of the encoders, and of what they publish, but for what follows a slash: {@code twin/2} */
        Encoders(List<String> streams) throws Exception {
            Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
            FlvFile clip = FlvFile.read(clips.standard());
            for (String stream : streams) {
                all.put(stream, new RovingEncoder(clip, stream.replaceFirst("/.*", "")));
            }
        }

        void begin(String encoder, TestNode at) throws IOException {
            legs.put(encoder, all.get(encoder).goTo(at.server()));
        }

        void leave(String encoder) throws IOException, InterruptedException {
            legs.get(encoder).leave(true);
        }

        @Override
        public void close() throws IOException {
            for (RovingEncoder encoder : all.values()) {
                encoder.close();
            }
        }
    }
}
