package org.red5.dvr.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.Reply;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.mp4.MadeUpRecording;
import org.red5.dvr.playback.mp4.MadeUpRecording.Shape;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.SegmentGrid;

class DownloadRepliesTest {
    /** 2025-11-22T13:20:00Z. */
    private static final long START = 1_763_817_600;

    private final DvrHandler handler = new DvrHandler(
            "origin",
            new Playback(
                    new OwnResolver(
                            "origin",
                            new MadeUpRecording()
                                    .take(Shape.PLAIN, START * 1_000_000, 5, 1)
                                    .take(Shape.PLAIN, (START + 40) * 1_000_000, 5, 2)
                                    .hevcTake((START + 100) * 1_000_000, 2, 3),
                            SegmentGrid.DEFAULT),
                    SegmentGrid.DEFAULT,
                    stream -> Duration.ofSeconds(60),
                    Clock.fixed(Instant.ofEpochSecond(START + 401), ZoneOffset.UTC)));

    @Test
    void aFileSaysItsLengthAndItsNameAndWhatIsCutOut() {
        HttpReply reply = get("archive-" + START + "-60.mp4");
        assertEquals(200, reply.status());
        assertEquals(Optional.of("video/mp4"), reply.header("Content-Type"));
        assertEquals(
                Optional.of("attachment; filename=\"live_camera-20251122T132000Z.mp4\""),
                reply.header("Content-Disposition"));
        String holes = reply.header("DVR-Holes").orElseThrow();
        assertTrue(holes.matches("17638176(19|20)[.0-9]*-(19|20)[.0-9]*"), holes);
        assertEquals(reply.body().orElseThrow().lengthBytes(), reply.contentLengthBytes());
        assertEquals(Optional.of("public, max-age=60"), reply.header("Cache-Control"));
        HttpReply head = request("HEAD", "archive-" + START + "-60.mp4");
        assertEquals(reply.contentLengthBytes(), head.contentLengthBytes());
        assertEquals(reply.headers(), head.headers());
        assertTrue(head.body().isEmpty());
        assertTrue(get("archive-" + START + "-10.mp4").header("DVR-Holes").isEmpty());
    }

    @Test
    void rangesAndConditionsAreForOneFile() throws IOException {
        String path = "archive-" + START + "-60.mp4";
        HttpReply whole = get(path);
        byte[] all = bytes(whole);
        String etag = whole.header("ETag").orElseThrow();
        HttpReply part = get(path, "Range", "bytes=100-9999", "If-Range", etag);
        assertEquals(206, part.status());
        assertEquals(Optional.of("bytes 100-9999/" + all.length), part.header("Content-Range"));
        assertArrayEquals(Arrays.copyOfRange(all, 100, 10_000), bytes(part));
        assertArrayEquals(Arrays.copyOfRange(all, all.length - 70, all.length), bytes(get(path, "Range", "bytes=-70")));
        assertEquals(
                200, get(path, "Range", "bytes=100-9999", "If-Range", "\"x\"").status());
        assertEquals(416, get(path, "Range", "bytes=" + all.length + '-').status());
        assertEquals(304, get(path, "If-None-Match", etag).status());
    }

    @ParameterizedTest
    @CsvSource({
        "archive-1763817600-60.mp4, 200",
        "archive-1763817600-now.mp4, 409",
        "archive-1763817600-now.fmp4, 409",
        "archive-1763817650-now.mp4, 409",
        "archive-1763817700-now.fmp4, 200",
        "archive-1763817600-100000000.mp4, 409",
        "archive-1763817620.5-15.mp4, 404",
        "archive-1863817600-15.mp4, 404",
        "archive-1763817600-0.mp4, 400",
        "archive-1763817600--5.mp4, 400",
        "archive-1763817600-x.mp4, 400",
        "archive-x.fmp4, 400",
        "archive-.mp4, 400",
        "archive-1763817600-99999999999999999999.mp4, 400",
        "index.mp4, 404",
        "rewind-60.mp4, 404",
    })
    void everyNameHasAStatusAndASentence(String name, int status) throws IOException {
        HttpReply reply = get(name);
        assertEquals(status, reply.status(), name);
        if (status != 200) {
            String sentence = new String(bytes(reply), UTF_8);
            assertTrue(sentence.matches("[^\n]+\\.\n"), sentence);
        }
    }

    private HttpReply get(String name, String... headers) {
        return request("GET", name, headers);
    }

    private HttpReply request(String method, String name, String... headers) {
        Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 0; i < headers.length; i += 2) {
            byName.put(headers[i], headers[i + 1]);
        }
        Reply reply = handler.handle(new HttpRequest(method, "/live/camera/" + name, null, byName::get));
        return reply instanceof LaterReply later ? later.reply().join() : (HttpReply) reply;
    }

    private static byte[] bytes(HttpReply reply) throws IOException {
        return reply.body().orElseThrow().read(0, Math.toIntExact(reply.contentLengthBytes()));
    }
}
