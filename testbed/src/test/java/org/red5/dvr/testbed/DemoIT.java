package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The demo, as a newcomer has it: it prints where to look, the edge plays the origin's picture, and SIGINT ends all of it. */
@SideBySide
class DemoIT {
    private static final Duration START_LIMIT = Duration.ofSeconds(180);
    private static final Duration END_LIMIT = Duration.ofSeconds(60);
    private static final Pattern ADDRESS = Pattern.compile("of the (edge|cache|origin) +(http://\\S+)");

    private final Path folder = Path.of("target/it/demo").toAbsolutePath();
    private Process demo;

    @AfterEach
    void endWhatIsLeft() {
        if (demo != null) {
            demo.descendants().forEach(ProcessHandle::destroyForcibly);
            demo.destroyForcibly();
        }
    }

    @Test
    void playsTheEdgesPageAndLeavesNothingRunning() throws Exception {
        Path output = Files.createDirectories(folder).resolve("output.txt");
        // Where the build itself runs in the background, its children ignore SIGINT unless told otherwise.
        demo = new ProcessBuilder(
                        "env",
                        "--default-signal=INT",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dtestbed.cache=" + System.getProperty("testbed.cache", ""),
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Demo.class.getName(),
                        folder.resolve("servers").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        Eventually.holds("the addresses, in " + output, START_LIMIT, () -> {
            assertTrue(demo.isAlive(), Files.readString(output));
            return Files.readString(output).contains("Ctrl-C ends it");
        });
        Optional<Path> chromium = PlayerPage.chromium();
        if (chromium.isPresent()) {
            watch(address(output, "edge"), chromium.get());
        }
        List<ProcessHandle> running = demo.descendants().toList();
        assertTrue(running.size() >= 4, "three servers and an encoder: " + running);
        assertEquals(
                0,
                new ProcessBuilder("sh", "-c", "kill -INT " + demo.pid())
                        .start()
                        .waitFor());
        Eventually.holds("the demo has ended", END_LIMIT, () -> !demo.isAlive());
        Eventually.holds("nothing is left", END_LIMIT, () -> running.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static URI address(Path output, String server) throws IOException {
        Matcher addresses = ADDRESS.matcher(Files.readString(output));
        while (addresses.find()) {
            if (addresses.group(1).equals(server)) {
                return URI.create(addresses.group(2));
            }
        }
        throw new AssertionError("no address of the " + server + " in " + Files.readString(output));
    }

    /** The picture of the time of day, which comes from the origin, by way of the cache, and the map says so. */
    private static void watch(URI edge, Path chromium) throws IOException, InterruptedException {
        try (PlayerPage page = PlayerPage.at(edge, chromium)) {
            page.appearance(1280, 1200, false);
            page.open("");
            page.awaitPlaying("live");
            page.awaitPictureInStep();
            page.awaitMoving();
            page.await("document.querySelectorAll('#map .server').length === 3");
            page.await("document.querySelector('.range[data-server=origin]')");
            page.screenshot("demo-edge");
            assertEquals(List.of(), page.complaints());
        }
    }
}
