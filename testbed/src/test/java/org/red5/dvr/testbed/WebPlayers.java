package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Players of the web side by side in one Chromium, on a page of another origin than the playlists are: how long each stands still,
 * its errors, and how often it asks for one thing. The system property {@code players} names a folder in which npm has installed
 * them; without it there is only hls.js, as the player page has it. For one thread.
 */
final class WebPlayers implements AutoCloseable {
    /** So much more than its encoder a player may stand still. */
    private static final double MORE_SECONDS = 1;
    /** A player asks for a segment again where it looks for what follows a hole. */
    private static final int MOST_REQUESTS = 6;

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String FOLDER = System.getProperty("players", "");

    private static final String PAGE = """
            <!doctype html><meta charset="utf-8"><body><script>
            performance.setResourceTimingBufferSize(100000);
            window.players = {};
            window.libraries = {};
            window.load = source => new Promise((resolve, reject) => {
              const script = document.createElement('script');
              script.src = source;
              script.onload = resolve;
              script.onerror = () => reject(new Error(source + ' cannot be loaded'));
              document.head.append(script);
            });
            window.begin = async (name, library, source, global, address, rate, run) => {
              const player = (window.players[name] = {
                address, errors: [], log: [], played: 0, longest: 0, stoodAt: 0, ended: false, frames: 0, advances: 0,
                begun: Date.now(), startUp: 0, behind: [] });
              const video = document.createElement('video');
              video.muted = true;
              video.width = 160;
              document.body.append(video);
              if (!window.libraries[library]) {
                await window.load(source);
                window.libraries[library] = window[global];
                delete window[global];
              }
              const fail = what => player.errors.push(String(what).slice(0, 300));
              const note = (...what) => {
                player.log.push(Date.now() % 1000000 + ' ' + what.join(' ').slice(0, 200));
                player.log.splice(0, player.log.length - 60);
              };
              let element = video;
              try {
                const begun = await run(window.libraries[library], video, address, fail, note);
                element = begun.element ?? video;
                player.secondsBehind = begun.behind;
              } catch (error) {
                fail(error.code ?? error);
              }
              let time = element.currentTime;
              let since = Date.now();
              setInterval(() => {
                element.playbackRate = rate;
                if (element.paused && !element.ended) {
                  element.play().catch(() => {});
                }
                const step = element.currentTime - time;
                if (player.advances === 0) {
                  player.startUp = Date.now() - player.begun;
                }
                if (step !== 0 || player.advances < 10 || element.ended) {
                  player.played += step > 0 && step < 1 ? step : 0;
                  player.advances += step > 0 && step < 1 ? 1 : 0;
                  time = element.currentTime;
                  since = Date.now();
                }
                if (Date.now() - since > player.longest) {
                  player.longest = Date.now() - since;
                  player.stoodAt = time;
                }
                player.time = time;
                const behind = player.played > 1 ? player.secondsBehind() : undefined;
                if (behind !== undefined) {
                  player.behind.push(behind);
                  player.behind.splice(0, player.behind.length - 160);
                }
                player.ended = element.ended;
                player.frames = element.getVideoPlaybackQuality().totalVideoFrames;
              }, 50);
            };
            window.requests = player => {
              const counts = {};
              const folder = player.address.slice(0, player.address.lastIndexOf('/') + 1);
              for (const { name } of performance.getEntriesByType('resource')) {
                if (name.startsWith(folder) && name.includes('/segments/')) {
                  counts[name] = (counts[name] ?? 0) + 1;
                }
              }
              return counts;
            };
            </script>
            """;

    /** A player, and how it is begun with a playlist. */
    enum Player {
        HLS_JS("hls.js/dist/hls.min.js", "Hls", """
                (Hls, video, address, fail, note) => {
                  const log = { error: note, warn: note, info: note, log: note, debug: () => {}, trace: () => {} };
                  const hls = new Hls({ debug: log });
                  const ofPauses = ['bufferStalledError', 'bufferSeekOverHole', 'bufferNudgeOnStall', 'fragGap'];
                  hls.on('hlsError', (_, error) => {
                    if (error.fatal || !ofPauses.includes(error.details)) {
                      fail(error.details + ' ' + (error.reason ?? error.error ?? ''));
                    }
                  });
                  hls.loadSource(address);
                  hls.attachMedia(video);
                  return { behind: () => hls.levels[hls.loadLevel].details.edge - video.currentTime };
                }
                """),
        SHAKA("shaka-player/dist/shaka-player.compiled.js", "shaka", Player.OF_SHAKA),
        SHAKA_4("shaka4/dist/shaka-player.compiled.js", "shaka", Player.OF_SHAKA),
        VIDEO_JS("video.js/dist/video.min.js", "videojs", """
                async (videojs, video, address, fail) => {
                  video.className = 'video-js';
                  const player = videojs(video, { html5: { vhs: { overrideNative: true } } });
                  player.on('error', () => fail(player.error().code + ' ' + player.error().message));
                  player.src({ src: address, type: 'application/x-mpegurl' });
                  await new Promise(resolve => player.ready(resolve));
                  const behind = () => {
                    const { segments } = player.tech(true).vhs.playlists.media();
                    const time = player.currentTime();
                    const playing = segments.find(({ start, end }) => start <= time && time < end);
                    const last = segments.at(-1);
                    return playing && (last.dateTimeObject - playing.dateTimeObject) / 1000
                      + last.duration - (time - playing.start);
                  };
                  return { element: player.tech(true).el(), behind };
                }
                """);

        private static final String OF_SHAKA = """
                async (shaka, video, address, fail) => {
                  shaka.polyfill.installAll();
                  const player = new shaka.Player();
                  player.addEventListener('error', event => fail(JSON.stringify(event.detail)));
                  await player.attach(video);
                  await player.load(address);
                  return { behind: () => undefined };
                }
                """;

        private final String path;
        private final String global;
        private final String run;

        Player(String path, String global, String run) {
            this.path = path;
            this.global = global;
            this.run = run;
        }

        private String source(Red5Server server) {
            return FOLDER.isEmpty() ? server.http("/dvr/assets/hls.min.js").toString() : "/" + path;
        }

        /** Whether its source buffers are of the codec that comes first: one playlist has no other for it. */
        boolean keepsToItsCodec() {
            return this != HLS_JS;
        }

        /** Those that are there. */
        static List<Player> all() {
            return FOLDER.isEmpty()
                    ? List.of(HLS_JS)
                    : Stream.of(values())
                            .filter(player -> Files.exists(modules().resolve(player.path)))
                            .toList();
        }
    }

    private final Red5Server server;
    private final HttpServer pages;
    private final Browser browser;

    /** @param server that has the player page */
    WebPlayers(Red5Server server, Path chromium) throws IOException, InterruptedException {
        this.server = server;
        pages = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pages.createContext("/", WebPlayers::answer);
        pages.start();
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "browser");
        browser = Browser.start(chromium, folder);
        browser.open(URI.create("http://127.0.0.1:" + pages.getAddress().getPort() + "/"));
        browser.await(LIMIT, "window.begin");
    }

    private static Path modules() {
        return Path.of(FOLDER).resolve("node_modules").toAbsolutePath();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            byte[] body = path.equals("/")
                    ? PAGE.getBytes(StandardCharsets.UTF_8)
                    : Files.readAllBytes(modules().resolve(path.substring(1)));
            exchange.getResponseHeaders()
                    .set("Content-Type", path.equals("/") ? "text/html; charset=utf-8" : "text/javascript");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Begins to play. */
    void play(String name, Player player, URI address, double rate) throws IOException, InterruptedException {
        browser.evaluate("void begin('%s', '%s', '%s', '%s', '%s', %s, %s)"
                .formatted(name, player, player.source(server), player.global, address, rate, player.run));
    }

    /** How many seconds of its stream it has shown. */
    double played(String name) throws IOException, InterruptedException {
        return browser.evaluate("players['" + name + "'].played").getAsDouble();
    }

    /** Waits until it has shown so many seconds. */
    void awaitPlayed(String name, double seconds) throws IOException, InterruptedException {
        await(name, "players['" + name + "'].played >= " + seconds);
    }

    /** Waits until it has something of a second take. */
    void awaitSecondTake(String name) throws IOException, InterruptedException {
        await(
                name,
                "new Set(Object.keys(requests(players['" + name + "'])).map(url => url.split('/').at(-2))).size >= 2");
    }

    void awaitEnd(String name) throws IOException, InterruptedException {
        await(name, "players['" + name + "'].ended || players['" + name + "'].errors.length > 0");
    }

    private void await(String name, String condition) throws IOException, InterruptedException {
        try {
            browser.await(LIMIT, condition);
        } catch (IOException e) {
            throw new IOException(name + ": " + result(name) + told(name), e);
        }
    }

    /** What it has said last. */
    private String told(String name) throws IOException, InterruptedException {
        return browser.evaluate("players['" + name + "'].log.map(line => '\\n' + line).join('')")
                .getAsString();
    }

    private JsonObject result(String name) throws IOException, InterruptedException {
        String requests = "Object.entries(requests(player)).sort(([, a], [, b]) => b - a).slice(0, 2)";
        return JsonParser.parseString(browser.evaluate(
                                "(player => JSON.stringify({...player, log: undefined, behind: undefined, most: "
                                        + requests + "}))(players['" + name + "'])")
                        .getAsString())
                .getAsJsonObject();
    }

    /** No error, no loop of requests, and no standstill longer than so many seconds and a little. */
    void assertWell(String name, double seconds) throws IOException, InterruptedException {
        JsonObject result = result(name);
        System.out.println(name + ", " + seconds + " s: " + result);
        JsonArray most = result.getAsJsonArray("most");
        assertEquals(0, result.getAsJsonArray("errors").size(), name + ": " + result);
        boolean stood = result.get("longest").getAsLong() / 1_000.0 > seconds + MORE_SECONDS;
        assertFalse(stood, name + ": " + result + (stood ? told(name) : ""));
        assertTrue(
                most.isEmpty() || most.get(0).getAsJsonArray().get(1).getAsInt() <= MOST_REQUESTS * watching(result),
                name + ": " + result);
    }

    /**
     * In the last eight seconds it was at the mean no further behind the end of the last entry than this, what it took to begin, and what
     * it stood still; shaka-player does not tell.
     */
    void assertBehind(String name, double seconds) throws IOException, InterruptedException {
        JsonObject result = result(name);
        double mean = browser.evaluate("(({ behind }) => behind.reduce((sum, value) => sum + value, 0) / behind.length)"
                        + "(players['" + name + "'])")
                .getAsDouble();
        String told = name + ": " + mean + " s behind the last entry, " + result;
        System.out.println(told);
        long late = result.get("startUp").getAsLong() + result.get("longest").getAsLong();
        assertTrue(mean <= seconds + late / 1_000.0, told);
    }

    /** How many players play what one of them does. */
    private int watching(JsonObject result) throws IOException, InterruptedException {
        return browser.evaluate("Object.values(players).filter(({ address }) => address === " + result.get("address")
                        + ").length")
                .getAsInt();
    }

    /** How many pictures it has shown. */
    int frames(String name) throws IOException, InterruptedException {
        return result(name).get("frames").getAsInt();
    }

    @Override
    public void close() {
        browser.close();
        pages.stop(0);
    }
}
