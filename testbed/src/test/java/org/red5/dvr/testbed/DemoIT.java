package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The demo, as a newcomer has it: it prints where to look and what to try, the edge plays the origin's picture, whichever server is killed
 * the others go on, and SIGINT ends all of it.
 */
@SideBySide
class DemoIT {
    /** Beside other tests; by itself 30 s of two cores are allowed, which is {@link #MOST_CPU}. */
    private static final Duration START_LIMIT = Duration.ofSeconds(240);

    private static final Duration MOST_CPU = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MOST_LINES = 20;

    private final Path folder = Path.of("target/it/demo").toAbsolutePath();
    private final Path output = folder.resolve("output.txt");
    private Process demo;

    @AfterEach
    void endWhatIsLeft() {
        if (demo != null) {
            demo.descendants().forEach(ProcessHandle::destroyForcibly);
            demo.destroyForcibly();
        }
    }

    @Test
    void outlivesEachOfItsServersAndLeavesNothingRunning() throws Exception {
        start();
        List<ProcessHandle> running = demo.descendants().toList();
        assertEquals(3, running.size(), "three servers and nothing else: " + running);
        Optional<Path> chromium = PlayerPage.chromium();
        if (chromium.isPresent()) {
            watchWhileServersEnd(chromium.get());
        } else {
            kill("cache");
            kill("origin");
        }
        assertEquals(200, status(address("Watch on the edge +(\\S+)")));
        assertEquals(200, status(address("Watch on the edge +(\\S+)").resolve("streams.json")));
        kill("edge");
        assertTrue(lines() <= MOST_LINES, Files.readString(output));
        assertEquals(
                0,
                new ProcessBuilder("sh", "-c", "kill -INT " + demo.pid())
                        .start()
                        .waitFor());
        Eventually.holds("the demo has ended", LIMIT, () -> !demo.isAlive());
        Eventually.holds("nothing is left", LIMIT, () -> running.stream().noneMatch(ProcessHandle::isAlive));
    }

    private void start() throws Exception {
        Files.createDirectories(folder);
        // Where the build itself runs in the background, its children ignore SIGINT unless told otherwise.
        demo = new ProcessBuilder(
                        "env",
                        "--default-signal=INT",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        Red5Layout.ownFiles().toString(),
                        Demo.class.getName(),
                        folder.resolve("servers").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        long startNanos = System.nanoTime();
        Eventually.holds("the addresses, in " + output, START_LIMIT, () -> {
            assertTrue(demo.isAlive(), Files.readString(output));
            return Files.readString(output).contains("Ctrl-C ends");
        });
        Duration cpu = Stream.concat(Stream.of(demo.toHandle()), demo.descendants())
                .map(process -> process.info().totalCpuDuration().orElseThrow())
                .reduce(Duration.ZERO, Duration::plus);
        System.out.printf(
                "demo: picture after %.1f s, %.1f s of CPU%n",
                (System.nanoTime() - startNanos) / 1e9, cpu.toMillis() / 1e3);
        assertTrue(cpu.compareTo(MOST_CPU) < 0, cpu + " of CPU until the picture was there");
    }

    private long lines() throws IOException {
        return Files.readString(output).lines().count();
    }

    /** As the demo says it: the others run on, and so does the demo. */
    private void kill(String server) throws Exception {
        Matcher command = Pattern.compile("(kill -9 (\\d+)) +the " + server).matcher(Files.readString(output));
        assertTrue(command.find(), Files.readString(output));
        List<ProcessHandle> others = demo.descendants()
                .filter(process -> process.pid() != Long.parseLong(command.group(2)))
                .toList();
        assertEquals(0, new ProcessBuilder("sh", "-c", command.group(1)).start().waitFor());
        Eventually.holds(server + " has ended", LIMIT, () -> demo.descendants().count() == others.size());
        assertTrue(others.stream().allMatch(ProcessHandle::isAlive), others + " without " + server);
        assertTrue(demo.isAlive(), Files.readString(output));
    }

    private URI address(String pattern) throws IOException {
        Matcher addresses = Pattern.compile(pattern).matcher(Files.readString(output));
        assertTrue(addresses.find(), Files.readString(output));
        return URI.create(addresses.group(1));
    }

    private static int status(URI address) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).timeout(LIMIT).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /**
     * The picture comes from the origin, by way of the cache, and without the cache as well; the map says who is there. When the
     * origin is gone the page stays and says so.
     */
    private void watchWhileServersEnd(Path chromium) throws Exception {
        try (PlayerPage page = PlayerPage.at(address("Watch on the edge +(\\S+)"), chromium)) {
            page.expect(PlayerPage.Clock.DIGITS);
            page.appearance(1280, 1200, false);
            page.open("");
            page.awaitPlaying("live");
            page.awaitMoving();
            page.await("document.querySelectorAll('#map .server.up').length === 2");
            page.await("document.querySelector('.range[data-server=origin]')");
            page.screenshot("demo-edge");
            kill("cache");
            page.await("document.querySelector('#map .server[data-server=cache]').dataset.state === 'down'");
            page.awaitMoving();
            assertEquals(List.of(), page.complaints());
            kill("origin");
            page.await("document.getElementById('troubles').textContent.includes('origin is down')");
            page.screenshot("demo-edge-alone");
        }
    }
}
