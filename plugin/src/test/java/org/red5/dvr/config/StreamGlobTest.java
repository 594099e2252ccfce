package org.red5.dvr.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.config.file.Configuration;
import org.red5.dvr.timeline.StreamKey;

/** Which streams a name with {@code *} means, and which of several blocks wins. */
class StreamGlobTest {
    @ParameterizedTest
    @CsvSource({
        "camera, live, camera, true",
        "camera, vod, camera, false",
        "camera, live, room/camera, false",
        "live/camera, live, camera, true",
        "live/camera, live, Camera, false",
        "*, live, camera, true",
        "*, vod, a/b/c, true",
        "**, vod, a/b/c, true",
        "cam*, live, camera, true",
        "cam*, live, cam, true",
        "cam*, vod, camera, false",
        "*era, live, camera, true",
        "*era, vod, camera, false",
        "live/*, live, a/b, true",
        "live/*, lively, a, false",
        "*/camera, vod, camera, true",
        "*/camera, vod, room/camera, true",
        "*/a*b*c, x, a1b2c, true",
        "*/a*b*c, x, a1c2b, false",
        "live/a.c, live, abc, false",
    })
    void matches(String glob, String app, String name, boolean expected) {
        assertEquals(expected, StreamGlob.of(glob).matches(new StreamKey(app, name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/camera", "live/", "//"})
    void refusesEmptyParts(String glob) {
        assertThrows(IllegalArgumentException.class, () -> StreamGlob.of(glob));
    }

    @Test
    void agreesWithRegularExpressions() {
        Random random = new Random(20261122);
        for (int i = 0; i < 20_000; i++) {
            String written = "x/" + letters(random, "ab*", 1 + random.nextInt(6));
            StreamGlob glob = StreamGlob.of(written);
            StreamKey stream = new StreamKey("x", letters(random, "ab/", 1 + random.nextInt(8)));
            String regex = glob.pattern()
                    .codePoints()
                    .mapToObj(c -> c == '*' ? ".*" : Pattern.quote(Character.toString(c)))
                    .collect(Collectors.joining());
            assertEquals(Pattern.matches(regex, stream.toString()), glob.matches(stream), glob + " on " + stream);
        }
    }

    @Test
    void staysFastWithManyStars() {
        StreamGlob glob = StreamGlob.of("x/" + "*a".repeat(200) + "b");
        StreamKey stream = new StreamKey("x", "a".repeat(5_000));

        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> assertEquals(false, glob.matches(stream)));
    }

    @ParameterizedTest
    @CsvSource({
        "camera, live, live/camera",
        "camera, vod, */camera",
        "cam1, live, live/cam*",
        "other, live, live/*",
        "cam, live, live/cam",
        "other, vod, *",
        "xab, live, live/*ab",
        "abx, live, live/ab*",
        "abab, live, live/*ab",
    })
    void picksMostSpecificBlock(String name, String app, String expected, @TempDir Path home) throws Exception {
        String[] globs = {
            "live/cam", "live/*", "*", "live/camera", "*/camera", "live/cam*", "live/a*b*", "live/ab*", "live/*ab"
        };
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < globs.length; i++) {
            text.append("stream ").append(globs[i]).append(" { dvr ").append(i).append("; }\n");
        }
        DvrConfiguration read = Configuration.read(Files.writeString(home.resolve("c.conf"), text), home, "host");

        Path root = read.ruleFor(new StreamKey(app, name)).dvr().orElseThrow().root();
        assertEquals(expected, globs[Integer.parseInt(root.getFileName().toString())]);
    }

    private static String letters(Random random, String alphabet, int length) {
        return random.ints(length, 0, alphabet.length())
                .mapToObj(i -> String.valueOf(alphabet.charAt(i)))
                .collect(Collectors.joining());
    }
}
