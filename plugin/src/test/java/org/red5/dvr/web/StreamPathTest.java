package org.red5.dvr.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.web.RequestPath.Place;

class StreamPathTest {
    @ParameterizedTest
    @CsvSource({
        "camera, live/camera",
        "room/camera, live/room/camera",
        "a b, live/a%20b",
        "a.b, live/a.b",
        ".., live/~2E~2E",
        "../../etc/passwd, live/~2E~2E/~2E~2E/etc/passwd",
        "., live/~2E",
        "..., live/...",
        "a\\b, live/a~5Cb",
        "50%, live/50%25",
        "%2e%2e, live/%252e%252e",
        "a//b, live/a~2F/b",
        "/a/, live/~2Fa~2F",
        "/, live/~2F",
        "///, live/~2F~2F~2F",
        "~2E, live/~7E2E",
        "~, live/~",
        "~x, live/~x",
        "für, live/f%C3%BCr",
        "a;b?c#d&e+f=g, live/a%3Bb%3Fc%23d%26e%2Bf%3Dg",
    })
    void namesInAddresses(String name, String path) {
        assertEquals(path, StreamPath.of(new StreamKey("live", name)));
    }

    @Test
    void whatAnAddressKeepsForOtherThingsIsEscaped() {
        assertEquals("~61ssets/x", StreamPath.of(new StreamKey("assets", "x")));
        assertEquals("~57EB-INF/x", StreamPath.of(new StreamKey("WEB-INF", "x")));
        assertEquals("~2E~2E/x", StreamPath.of(new StreamKey("..", "x")));
    }

    @Test
    void everyNameComesBackAndNoContainerChangesIt() throws Exception {
        Random random = new Random(20_261_122);
        List<String> pieces = List.of(
                "/",
                "/",
                "..",
                ".",
                "~",
                "%",
                "2",
                "F",
                "2F",
                "~2F",
                "%2F",
                "\\",
                " ",
                "a",
                "é",
                "😀",
                "\u0000",
                "\n",
                "\u007f",
                "\u0085",
                ";",
                "?",
                "#",
                "+",
                "segments",
                "index.m3u8",
                "assets",
                "日本",
                "\"",
                "<");
        for (int round = 0; round < 20_000; round++) {
            StreamKey stream = new StreamKey(
                    random.nextInt(5) == 0 ? "assets" : name(random, pieces).replace('/', '_'), name(random, pieces));
            String path = StreamPath.of(stream);
            RequestPath playlist = RequestPath.parse('/' + path + "/index.m3u8");
            assertTrue(playlist.isAt(Place.STREAM), path);
            assertEquals(stream, playlist.stream(Place.STREAM), path);
            assertEquals("index.m3u8", playlist.name());
            String take = "20261122T131502123Z-origin";
            RequestPath segment = RequestPath.parse('/' + path + "/segments/" + take + "/5-v.m4s");
            assertTrue(segment.isAt(Place.TAKE), path);
            assertEquals(stream, segment.stream(Place.TAKE), path);
            assertEquals(take, segment.take());
            assertEquals("5-v.m4s", segment.name());
            URI address = URI.create("http://host/" + path + "/x");
            assertEquals(address, address.normalize());
            assertTrue(path.matches("([A-Za-z0-9._~-]|%[0-9A-F]{2}|/)+"), path);
            assertTrue(!path.matches(".*%(2F|5C|0.|1.|7F).*") && !path.contains("//"), path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/live/%/index.m3u8", "/live/a%4/index.m3u8", "/live/%zz/index.m3u8"})
    void badEscapesAreRefused(String path) {
        assertThrows(MalformedPathException.class, () -> RequestPath.parse(path).stream(Place.STREAM));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/live/%ff/index.m3u8", "/live/%C0%AF/index.m3u8", "/live/~C0~80/index.m3u8", "/%ED%A0%80/a/x"})
    void whatIsNotUtf8IsRefused(String path) {
        assertThrows(MalformedPathException.class, () -> RequestPath.parse(path).stream(Place.STREAM));
    }

    private static String name(Random random, List<String> pieces) {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(5); i >= 0; i--) {
            name.append(pieces.get(random.nextInt(pieces.size())));
        }
        return name.toString();
    }
}
