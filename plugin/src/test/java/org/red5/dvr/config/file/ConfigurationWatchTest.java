package org.red5.dvr.config.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/** A file that is changed while its configuration is in force. */
class ConfigurationWatchTest {
    private static final String FIRST = "node a;\nsegment 2s;\nstream * { dvr dvr 2d; }\n";

    @TempDir
    Path home;

    private final ConfigurationInForce inForce = new ConfigurationInForce(DvrConfiguration.nothing("host"));
    private final List<String> told = new ArrayList<>();
    private Path file;
    private ConfigurationWatch watch;

    @BeforeEach
    void makeWatch() {
        file = home.resolve("cluster-dvr.conf");
        watch = new ConfigurationWatch(new ConfigurationFile(file, home, () -> "host"), inForce);
        inForce.listen((before, now) -> told.add(ConfigurationChange.between(before, now)));
    }

    private void start(String text) throws IOException {
        Files.writeString(file, text);
        watch.start();
        told.clear();
    }

    private void change(String text) throws IOException {
        Files.writeString(file, text);
        watch.look();
        watch.look();
    }

    @Test
    void putsAChangeInForce() throws IOException {
        start(FIRST);
        change(FIRST.replace("2d", "3d") + "window 10m;");
        assertEquals(List.of("window, stream *: dvr"), told);
        assertEquals(Duration.ofMinutes(10), inForce.get().window());
        assertEquals(
                Duration.ofDays(3),
                inForce.get()
                        .ruleFor(new StreamKey("live", "camera"))
                        .dvr()
                        .orElseThrow()
                        .retention()
                        .age()
                        .orElseThrow());
        watch.look();
        assertEquals(1, told.size(), "told once");
    }

    @Test
    void waitsUntilTheFileStaysAsItIs() throws IOException {
        start(FIRST);
        String whole = FIRST + "stream live/a { dvr /a 80d; }\nstream live/b { dvr /b 80d; }\n";
        for (int written = FIRST.length(); written < whole.length(); written += 10) {
            Files.writeString(file, whole.substring(0, written));
            watch.look();
        }
        Files.writeString(file, whole);
        watch.look();
        assertEquals(List.of(), told);
        assertEquals(List.of(), inForce.mistakes());
        watch.look();
        assertEquals(List.of("stream live/a added, stream live/b added"), told);
    }

    @Test
    void aMistakeLeavesWhatIsInForceAndIsRemembered() throws IOException {
        start(FIRST);
        DvrConfiguration before = inForce.get();
        change(FIRST + "window 5parsecs;\nsteam x { }\n");
        assertEquals(before, inForce.get());
        assertEquals(
                List.of("cluster-dvr.conf:4:8", "cluster-dvr.conf:5:1"),
                inForce.mistakes().stream()
                        .map(mistake -> mistake.file() + ':' + mistake.position())
                        .toList());
        change(FIRST);
        assertEquals(before, inForce.get());
        assertEquals(List.of(), inForce.mistakes());
        assertEquals(List.of(), told);
    }

    @Test
    void aFileThatIsGoneIsAMistake() throws IOException {
        start(FIRST);
        Files.delete(file);
        watch.look();
        assertEquals(List.of(), inForce.mistakes(), "some editors delete before they write");
        watch.look();
        assertEquals(1, inForce.mistakes().size());
        assertTrue(inForce.isFromFile());
        change(FIRST);
        assertEquals(List.of(), inForce.mistakes());
    }

    @Test
    void aFileThatIsReplacedWithItsDateAndLengthIsRead() throws IOException {
        start(FIRST);
        FileTime date = Files.getLastModifiedTime(file);
        Path other = Files.writeString(home.resolve("other"), FIRST.replace("2d", "9d"));
        Files.setLastModifiedTime(other, date);
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        watch.look();
        watch.look();
        assertEquals(List.of("stream *: dvr"), told);
    }

    @Test
    void nodeAndSegmentStayUntilTheNextStart() throws IOException {
        start(FIRST);
        change(FIRST.replace("node a", "node b").replace("segment 2s", "segment 5s") + "edit_auth u p;");
        assertEquals("a", inForce.get().node());
        assertEquals(new SegmentGrid(2_000), inForce.get().grid());
        assertEquals(List.of("edit_auth"), told);
    }

    @Test
    void aStartWithMistakesIsPutRightLater() throws IOException {
        start("node a");
        assertFalse(inForce.isFromFile());
        assertEquals("host", inForce.get().node());
        assertEquals(1, inForce.mistakes().size());
        change(FIRST);
        assertTrue(inForce.isFromFile());
        assertEquals("a", inForce.get().node());
        assertEquals(new SegmentGrid(2_000), inForce.get().grid());
        assertEquals(List.of(), inForce.mistakes());
        assertEquals(List.of("stream * added"), told);
    }

    @Test
    void namesEveryKindOfChangeButNoSecret() throws IOException {
        start("cluster_key k1;\nstream a { }\nstream b { dvr d; }\nsource x:1;\nsource y:1;\nsource z:1;\n");
        change("""
                cluster_key hidden;
                edit_auth u hidden;
                sync none;
                check_mount on;
                republish refuse;
                stream b { window 1m; check_mount off; republish take-over; sync none; input fake://fake; cache /c 1d; }
                stream c { }
                source y:1;
                source x:1 remote_dvr=chain { only live/*; except live/t*; dvr /r; cache /rc 1d; }
                """);
        assertEquals(
                List.of("cluster_key, sync, check_mount, republish, edit_auth, stream live/a removed,"
                        + " stream live/b: dvr cache input window sync check_mount republish, stream live/c added,"
                        + " source x:1: remote_dvr only except dvr cache, source z:1 removed, order of source blocks"),
                told);
    }
}
