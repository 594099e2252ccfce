package org.red5.dvr.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.http.Cors;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Audience;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UnrecordedTrack;

class DvrHandlerTest {
    private static final StreamKey CAMERA = new StreamKey("live", "room/my camera");
    private static final String STREAM = "/live/room/my%20camera/";
    /** 2025-11-22T13:20:00Z. */
    private static final long START = 1_763_817_600;

    private static final long FIRST = START / 4;
    private static final TakeId A = TakeId.of(START * 1_000_000, "origin");
    private static final TakeId B = TakeId.of((START + 80) * 1_000_000, "origin");

    private final MemorySource source = new MemorySource()
            .add(CAMERA, take(A, 0), MemorySource.run(A, FIRST, 10))
            .end(CAMERA, new TakeEnd(A, (START + 40) * 1_000_000, GapReason.SERVER_DOWN))
            .add(CAMERA, take(B, 1), MemorySource.run(B, FIRST + 20, 80))
            .live(CAMERA, true);
    private final DvrHandler handler = new DvrHandler(
            "origin",
            new Playback(
                    new OwnResolver("origin", source, SegmentGrid.DEFAULT),
                    SegmentGrid.DEFAULT,
                    stream -> Duration.ofSeconds(60),
                    Clock.fixed(Instant.ofEpochSecond(START + 401), ZoneOffset.UTC)));

    @Test
    void listsStreams() {
        assertEquals(
                "[{\"app\":\"live\",\"name\":\"room/my camera\",\"path\":\"live/room/my%20camera\",\"live\":true,"
                        + "\"from\":1763817600,\"to\":1763818000}]",
                text(get("/streams.json")));
    }

    @Test
    void tellsOperatorsWhatIsCountedAndWhetherAllIsWell() {
        List<String> troubles = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        OperatorPages pages = new OperatorPages() {
            @Override
            public byte[] metrics() {
                return "dvr_healthy 1.0\n".getBytes(UTF_8);
            }

            @Override
            public List<String> troubles() {
                return troubles;
            }

            @Override
            public List<String> warnings() {
                return warnings;
            }
        };
        Playback playback = new Playback(
                new OwnResolver("origin", source, SegmentGrid.DEFAULT),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(60),
                Clock.systemUTC());
        DvrHandler operated = new DvrHandler(
                "origin",
                playback,
                pages,
                StreamWatch.NONE,
                Optional.empty(),
                stream -> ClusterMap.alone("origin"),
                Cors.FOR_ANYBODY,
                DiskReaders.OF_NO_ROOT);
        HttpReply metrics = operated.reply(new HttpRequest("GET", "/metrics", null, name -> null))
                .join();
        assertEquals(200, metrics.status());
        assertEquals("dvr_healthy 1.0\n", text(metrics));
        assertEquals(
                "text/plain;version=0.0.4;charset=utf-8",
                metrics.header("Content-Type").orElseThrow());
        assertEquals(Optional.empty(), metrics.header("Access-Control-Allow-Origin"));
        HttpRequest health = new HttpRequest("GET", "/health", null, name -> null);
        assertEquals(200, operated.reply(health).join().status());
        assertEquals("{\"status\":\"ok\"}", text(operated.reply(health).join()));
        warnings.add("conf:1:1: expected better");
        assertEquals(200, operated.reply(health).join().status());
        assertEquals(
                "{\"status\":\"ok\",\"warnings\":[\"conf:1:1: expected better\"]}",
                text(operated.reply(health).join()));
        warnings.clear();
        troubles.add("/ssd: disk full, streams not recorded: 2");
        HttpReply failing = operated.reply(health).join();
        assertEquals(503, failing.status());
        assertEquals(
                "{\"status\":\"failing\",\"reasons\":[\"/ssd: disk full, streams not recorded: 2\"]}", text(failing));
        HttpReply head = operated.reply(new HttpRequest("HEAD", "/health", null, name -> null))
                .join();
        assertEquals(503, head.status());
        assertEquals(Optional.empty(), head.body());
        assertEquals(
                405,
                operated.reply(new HttpRequest("POST", "/health", null, name -> null))
                        .join()
                        .status());
    }

    @Test
    void reportsWhatIsRecordedAndWhatIsMissing() {
        String report =
                "[{\"stream\":\"live/room/my camera\",\"ranges\":[{\"from\":1763817600,\"duration\":40,\"server\":\"origin\"},"
                        + "{\"from\":1763817680,\"duration\":320,\"server\":\"origin\"}],"
                        + "\"holes\":[{\"from\":1763817640,\"duration\":40,\"reason\":\"server down\"}]}]";
        assertEquals(report, text(get(STREAM + "recording_status.json")));
        assertEquals(report, text(get(STREAM + "recording_status.json?from=1763817600&to=1763818900")));
        assertEquals(
                "[{\"stream\":\"live/room/my camera\",\"ranges\":[{\"from\":1763817638.5,\"duration\":1.5,\"server\":\"origin\"}],"
                        + "\"holes\":[{\"from\":1763817640,\"duration\":2.25,\"reason\":\"server down\"}]}]",
                text(get(STREAM + "recording_status.json?from=1763817638.5&to=1763817642.250")));
    }

    /** An encoder has gone from one server to another within a cell: a list has one entry of its number. */
    @Test
    void reportsWhatListsLeaveOutAsItsNumberIsAnothers() {
        StreamKey match = new StreamKey("live", "match");
        long cell = (START + 8) * 1_000_000;
        TakeId next = TakeId.of(cell + 2_000_000, "origin");
        List<Segment> going = new ArrayList<>();
        going.add(new Segment(next, FIRST + 2, cell + 2_000_000, 2_000_000, 1, 1, true));
        going.addAll(MemorySource.run(next, FIRST + 3, 2));
        List<Segment> ending = new ArrayList<>(MemorySource.run(A, FIRST, 2));
        ending.add(new Segment(A, FIRST + 2, cell, 1_500_000, 1, 1, true));
        source.add(match, take(A, 0), ending).add(match, take(next, 1), going);
        assertEquals(
                "[{\"stream\":\"live/match\",\"ranges\":[{\"from\":1763817600,\"duration\":20,\"server\":\"origin\"}],"
                        + "\"holes\":[],\"left_out\":[{\"from\":1763817608,\"duration\":1.5,\"server\":\"origin\","
                        + "\"reason\":\"another segment has its number\"}]}]",
                text(get("/live/match/recording_status.json?from=1763817600&to=1763817620")));
    }

    @Test
    void tellsAndIsToldWhoPlays() {
        List<String> followed = new ArrayList<>();
        StreamWatch watch = new StreamWatch() {
            @Override
            public StorageStatus storage(StreamKey stream) {
                return StorageStatus.UNKNOWN;
            }

            @Override
            public Audience audience(StreamKey stream) {
                return new Audience(3, 1, 2, 1, 9, Optional.of("a1"));
            }

            @Override
            public List<UnrecordedTrack> unrecordedTracks(StreamKey stream) {
                return List.of(new UnrecordedTrack("video", "video codec VP6"));
            }

            @Override
            public void followed(StreamKey stream, HttpRequest request) {
                followed.add(stream + " " + request.client());
            }
        };
        Playback playback = new Playback(
                new OwnResolver("origin", source, SegmentGrid.DEFAULT),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(60),
                Clock.fixed(Instant.ofEpochSecond(START + 401), ZoneOffset.UTC));
        DvrHandler watched = new DvrHandler(
                "origin",
                playback,
                OperatorPages.NONE,
                watch,
                Optional.empty(),
                stream -> ClusterMap.alone("origin"),
                Cors.FOR_ANYBODY,
                DiskReaders.OF_NO_ROOT);
        for (String name : List.of("index.m3u8", "index-media.m3u8", "archive-1763817600-8-media.m3u8")) {
            assertEquals(
                    200,
                    watched.reply(new HttpRequest("GET", STREAM + name, null, any -> null))
                            .join()
                            .status());
        }
        assertEquals(List.of("live/room/my camera unknown"), followed);
        String report = text(watched.reply(new HttpRequest("GET", STREAM + "recording_status.json", null, any -> null))
                .join());
        assertTrue(
                report.endsWith(",\"not_recorded\":[{\"track\":\"video\",\"reason\":\"video codec VP6\"}]"
                        + ",\"playing\":{\"live\":3,\"past\":1,\"hls\":2,\"peers\":1,\"started\":9,\"from\":\"a1\"}}]"),
                report);
    }

    @Test
    void saysWhyNothingIsRecordedOfAStreamThatIsNot() {
        assertEquals(
                "[{\"stream\":\"live/other\",\"ranges\":[],\"holes\":[],"
                        + "\"not_recorded\":[{\"track\":\"video\",\"reason\":\"video codec VP6\"}]}]",
                new String(
                        StatusReport.renderEmpty(
                                new StreamKey("live", "other"),
                                List.of(new UnrecordedTrack("video", "video codec VP6"))),
                        UTF_8));
    }

    @Test
    void everyWindowHasItsTwoPlaylists() {
        for (String window : List.of("index", "archive-1763817600-60", "archive-1763817700-now", "rewind-30")) {
            HttpReply multivariant = get(STREAM + window + ".m3u8");
            assertEquals(200, multivariant.status());
            assertEquals(
                    "application/vnd.apple.mpegurl",
                    multivariant.header("Content-Type").orElseThrow());
            String type = window.endsWith("-now") ? "-event" : "";
            String name = window + (window.endsWith("-60") ? "-media" : "-media-4" + type) + ".m3u8";
            assertTrue(text(multivariant).endsWith('\n' + name + '\n'), text(multivariant));
            assertTrue(text(multivariant).contains("CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720"));
            assertTrue(text(get(STREAM + name))
                    .contains("#EXT-X-TARGETDURATION:" + (window.endsWith("-60") ? 8 : 4) + '\n'));
            HttpReply media = get(STREAM + window + "-media.m3u8");
            assertTrue(text(media).contains("#EXT-X-TARGETDURATION:8\n"), text(media));
            assertTrue(text(media).contains("#EXTINF:4.000,\nsegments/" + (window.contains("600") ? A : B) + "/"));
        }
    }

    @Test
    void theAddressOfAListThatGrowsSaysWhetherItsBeginningStays() {
        String window = STREAM + "archive-1763817600-now-media";
        for (String media : List.of(window, window.replace("media", "sound-4"))) {
            String event = text(get(media + "-event.m3u8"));
            assertTrue(event.contains("#EXT-X-PLAYLIST-TYPE:EVENT\n"), event);
            assertFalse(event.contains("#EXT-X-GAP"), event);
            String live = text(get(media + "-live.m3u8"));
            assertFalse(live.contains("#EXT-X-PLAYLIST-TYPE"), live);
            assertEquals(10, live.split("#EXT-X-GAP", -1).length - 1, live);
        }
        assertEquals(404, get(STREAM + "rewind-60-media-live.m3u8").status());
        assertEquals(400, get(STREAM + "archive-1763817600-now-media-vod.m3u8").status());
    }

    /** What a player gets that asks for an entry which is a hole. */
    @Test
    void aHoleIsAnAnswerThatNeverChanges() {
        HttpReply gap = get(STREAM + "segments/" + A + "/gap-1763817640000.m4s");
        assertEquals(200, gap.status());
        assertEquals(Optional.of("video/mp4"), gap.header("Content-Type"));
        assertEquals(Optional.of("public, max-age=31536000, immutable"), gap.header("Cache-Control"));
        assertEquals(2 * 68, gap.contentLengthBytes());
        String behind = "/gap-1763817640000-" + (FIRST + 9) + ".m4s";
        assertEquals(2 * 68, get(STREAM + "segments/" + A + behind).contentLengthBytes(), "what cannot be read");
        assertEquals(
                68, get(STREAM + "segments/" + A + "/gap-1763817640000-a.m4s").contentLengthBytes());
        assertEquals(
                404,
                get(STREAM + "segments/20200101T000000000Z-other/gap-1763817640000.m4s")
                        .status());
    }

    @Test
    void serverSaysHowLongAPlaylistMayBeKeptAndShownWhenThereIsNoOther() {
        Optional<String> goingOn = Optional.of("public, max-age=1, stale-if-error=60");
        Optional<String> over = Optional.of("public, max-age=60, stale-if-error=86400");
        assertEquals(goingOn, get(STREAM + "index.m3u8").header("Cache-Control"));
        assertEquals(goingOn, get(STREAM + "archive-1763817600-now-media.m3u8").header("Cache-Control"));
        for (String name : List.of("archive-1763817600-60.m3u8", "archive-1763817600-60-media.m3u8")) {
            HttpReply playlist = get(STREAM + name);
            assertEquals(over, playlist.header("Cache-Control"), name);
            HttpReply same =
                    get(STREAM + name, "If-None-Match", playlist.header("ETag").orElseThrow());
            assertEquals(304, same.status(), name);
            assertEquals(over, same.header("Cache-Control"), name);
        }
        HttpReply refused = get("/live/other/index.m3u8");
        assertEquals(Optional.of("no-cache"), refused.header("Cache-Control"), "nobody shows a refusal again");
    }

    @ParameterizedTest
    @CsvSource({"'', MUXED", "-v, VIDEO", "-a, AUDIO"})
    void segmentsAndInitSegmentsAreImmutable(String suffix, Part part) {
        HttpReply segment = get(STREAM + "segments/" + A + '/' + FIRST + suffix + ".m4s");
        assertArrayEquals(MemorySource.bytes(A, Long.toString(FIRST), part), bytes(segment));
        assertEquals(Optional.of("video/mp4"), segment.header("Content-Type"));
        assertEquals(Optional.of("public, max-age=31536000, immutable"), segment.header("Cache-Control"));
        assertEquals(Optional.of('"' + A.value() + '-' + FIRST + suffix + '"'), segment.header("ETag"));
        HttpReply init = get(STREAM + "segments/" + A + "/init" + suffix + ".mp4");
        assertArrayEquals(MemorySource.bytes(A, "init", part), bytes(init));
    }

    @Test
    void rangesOfASegment() {
        String path = STREAM + "segments/" + A + '/' + FIRST + ".m4s";
        byte[] all = MemorySource.bytes(A, Long.toString(FIRST), Part.MUXED);
        HttpReply part = get(path, "Range", "bytes=100-199");
        assertEquals(206, part.status());
        assertEquals(Optional.of("bytes 100-199/10000"), part.header("Content-Range"));
        assertArrayEquals(Arrays.copyOfRange(all, 100, 200), bytes(part));
        HttpReply outside = get(path, "Range", "bytes=10000-");
        assertEquals(416, outside.status());
        assertEquals(Optional.of("bytes */10000"), outside.header("Content-Range"));
        assertEquals(200, get(path, "Range", "bytes=0-1,5-6").status());
        assertEquals(
                200, get(path, "Range", "bytes=0-1", "If-Range", "\"other\"").status());
        String etag = part.header("ETag").orElseThrow();
        assertEquals(206, get(path, "Range", "bytes=0-1", "If-Range", etag).status());
    }

    @Test
    void headHasEverythingButTheBody() {
        String path = STREAM + "segments/" + A + '/' + FIRST + ".m4s";
        HttpReply head = request("HEAD", path, "Range", "bytes=0-1");
        assertEquals(200, head.status());
        assertEquals(10_000, head.contentLengthBytes());
        assertEquals(Optional.empty(), head.body());
        assertEquals(get(path).headers(), head.headers());
        HttpReply missing = request("HEAD", STREAM + "x");
        assertEquals(404, missing.status());
        assertEquals(Optional.empty(), missing.body());
    }

    @Test
    void whatTheClientHasIsNotSentAgain() {
        for (String path : List.of("segments/" + A + '/' + FIRST + ".m4s", "index-media.m3u8", "index.m3u8")) {
            String etag = get(STREAM + path).header("ETag").orElseThrow();
            for (String tags : List.of(etag, "\"x\", W/" + etag, "*")) {
                HttpReply reply = get(STREAM + path, "If-None-Match", tags);
                assertEquals(304, reply.status());
                assertEquals(Optional.of(etag), reply.header("ETag"));
                assertEquals(Optional.empty(), reply.body());
                assertTrue(reply.contentLengthBytes() < 0);
            }
            assertEquals(200, get(STREAM + path, "If-None-Match", "\"x\"").status());
        }
    }

    @Test
    void longPlaylistsAreCompressedForThoseWhoCanReadThat() throws Exception {
        String path = STREAM + "archive-1763817680-320-media.m3u8";
        HttpReply plain = get(path);
        HttpReply gzip = get(path, "Accept-Encoding", "br, gzip;q=0.8");
        assertEquals(Optional.of("gzip"), gzip.header("Content-Encoding"));
        assertEquals(Optional.of("Accept-Encoding"), plain.header("Vary"));
        assertEquals(Optional.of("Accept-Encoding"), gzip.header("Vary"));
        assertNotEquals(plain.header("ETag"), gzip.header("ETag"));
        assertTrue(bytes(gzip).length < bytes(plain).length / 4);
        byte[] unzipped = new GZIPInputStream(new ByteArrayInputStream(bytes(gzip))).readAllBytes();
        assertArrayEquals(bytes(plain), unzipped);
        for (String refused : List.of("identity", "gzip;q=0", "gzip;q=0.000", "br")) {
            assertEquals(Optional.empty(), get(path, "Accept-Encoding", refused).header("Content-Encoding"), refused);
        }
        assertEquals(
                Optional.empty(),
                get(STREAM + "index.m3u8", "Accept-Encoding", "gzip").header("Content-Encoding"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/live/nobody/index.m3u8|404|There is no stream \"live/nobody\" here.",
                "/live/nobody/recording_status.json|404|There is no stream \"live/nobody\" here.",
                "/live/nobody/segments/20251122T132000000Z-origin/5.m4s|404|There is no segment 5",
                "/live/room/my%20camera/archive-1000-60.m3u8|404|there is 2025-11-22T13:20:00Z to",
                "/live/room/my%20camera/archive-1763817644-30.m3u8|404|Unix seconds 1763817600 to 1763818000",
                "/live/room/my%20camera/archive-1963817600-60.m3u8|404|in the future",
                "/live/room/my%20camera/archive-x-60.m3u8|400|The time \"x\" is not a number of seconds.",
                "/live/room/my%20camera/archive-5-0-media.m3u8|400|The duration \"0\" is not above zero.",
                "/live/room/my%20camera/archive-5--1.m3u8|400|The duration \"-1\" is not above zero.",
                "/live/room/my%20camera/archive--5-1.m3u8|400|The time \"-5\" is negative",
                "/live/room/my%20camera/archive-5-2592000.m3u8|400|The duration \"2592000\" is longer than 7 days",
                "/live/room/my%20camera/rewind-%00.m3u8|400|The duration \"?\" is not a number of seconds.",
                "/live/room/my%20camera/recording_status.json?from=9&to=5|400|\"9\" is not before its end \"5\"",
                "/live/room/my%20camera/recording_status.json?from=x|400|The time \"x\" is not a number of seconds.",
                "/live/room/my%20camera/recording_status.json?from=5|400|The window is longer than 7 days",
                "/live/room/my%20camera/segments/20251122T132000000Z-origin/5.m4s|404|There is no segment 5",
                "/live/room/my%20camera/segments/20251122T132000000Z-origin/x.m4s|400|\"x\" is not the number of a segment.",
                "/live/room/my%20camera/segments/20251122T132000000Z-origin/-5.m4s|400|\"-5\" is not the number of a segment.",
                "/live/room/my%20camera/segments/20251122T1320/440954400.m4s|404|There is no take \"20251122T1320\".",
                "/live/room/my%20camera/segments/20251122T132000000Z-ori/440954400.m4s|404|of the take",
                "/live/room/my%20camera/segments/20251122T132000000Z-ori/init.mp4|404|There is no init segment",
                "/live/room/my%20camera/segments/gap/440954411.m4s|404|There is no take \"gap\".",
                "/live/room/my%20camera/picture.png|404|A stream has no \"picture.png\".",
                "/live/room/my%20camera/|404|A stream has no \"\".",
                "/live/index.m3u8|404|There is nothing at",
                "/nothing|404|There is nothing at \"/nothing\".",
                "//|404|There is nothing at",
                "/live/%GG/index.m3u8|400|percent sign",
                "/live/%ff/index.m3u8|400|not UTF-8",
                "/%2F/x/index.m3u8|400|does not name a stream",
            })
    void refusalsAreOnePlainSentence(String path, int status, String part) {
        HttpReply reply = get(path);
        assertEquals(status, reply.status(), text(reply));
        assertTrue(text(reply).contains(part), text(reply));
        assertEquals(1, text(reply).lines().count());
        assertEquals(Optional.of("text/plain;charset=utf-8"), reply.header("Content-Type"));
        assertEquals(Optional.of("no-cache"), reply.header("Cache-Control"));
    }

    @Test
    void longNamesAreShownShortened() {
        HttpReply reply = get("/live/" + "x".repeat(5_000) + "/index.m3u8");
        assertEquals(404, reply.status());
        assertTrue(text(reply).length() < 200, text(reply));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/streams.json", STREAM + "index.m3u8", STREAM + "recording_status.json"})
    void aBrokenDiskIsToldInOneSentence(String path) {
        source.breakDown();
        HttpReply reply = get(path);
        assertEquals(500, reply.status());
        assertEquals("The server could not read its recording.\n", text(reply));
    }

    @Test
    void playersOnOtherSitesMayUseEverything() {
        for (String path : List.of("/streams.json", STREAM + "index.m3u8", "/live/nobody/index.m3u8")) {
            assertEquals(Optional.of("*"), get(path).header("Access-Control-Allow-Origin"));
        }
        HttpReply preflight = request("OPTIONS", STREAM + "index.m3u8");
        assertEquals(204, preflight.status());
        assertTrue(
                preflight.header("Access-Control-Allow-Headers").orElseThrow().contains("Range"));
        assertEquals(Optional.of("*"), preflight.header("Access-Control-Allow-Origin"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cmcd-session",
                "authorization,cache-control,x-playback-session-id",
                "CMCD-Request, CMCD-Object, If-Modified-Since"
            })
    void preflightsAllowWhatIsAskedFor(String headers) {
        HttpReply preflight = request("OPTIONS", STREAM + "index.m3u8", "Access-Control-Request-Headers", headers);
        assertEquals(Optional.of(headers), preflight.header("Access-Control-Allow-Headers"));
    }

    @Test
    void aPreflightIsNoWayToWriteHeaders() {
        HttpReply preflight =
                request("OPTIONS", STREAM + "index.m3u8", "Access-Control-Request-Headers", "a\r\nSet-Cookie: b=c");
        assertEquals(Optional.of("Range, If-Range, If-None-Match"), preflight.header("Access-Control-Allow-Headers"));
    }

    @Test
    void theQueryOfAPlaylistGoesOnToAllThatItNames() {
        String query = "?token=a%2Fb&_HLS_skip=YES&e=1";
        String multivariant = text(get(STREAM + "rewind-200.m3u8" + query));
        assertTrue(multivariant.endsWith("\nrewind-200-media-4.m3u8?token=a%2Fb&e=1\n"), multivariant);
        String media = text(get(STREAM + "archive-1763817600-200-media.m3u8" + query));
        assertTrue(media.contains("/init.mp4?token=a%2Fb&e=1\""), media);
        assertTrue(media.lines()
                .filter(line -> line.startsWith("segments/"))
                .allMatch(line -> line.endsWith(".m4s?token=a%2Fb&e=1")));
        assertEquals(
                200,
                get(STREAM + "segments/" + A + "/" + FIRST + ".m4s" + query).status());
    }

    @Test
    void aQueryWritesNoLinesOfItsOwnIntoPlaylists() {
        String media = text(get(STREAM + "rewind-200-media.m3u8?a=\"\n#EXT-X-ENDLIST"));
        assertFalse(media.contains("#EXT-X-ENDLIST"), media);
        assertTrue(media.contains("init.mp4?a=%22%0A%23EXT-X-ENDLIST\""), media);
        assertEquals(400, get(STREAM + "rewind-200.m3u8?a=" + "b".repeat(2_100)).status());
    }

    @Test
    void valuesAreDecoded() {
        String plain = text(get(STREAM + "recording_status.json?from=1763817600&to=1763817700"));
        assertEquals(plain, text(get(STREAM + "recording_status.json?from=%31763817600&t%6F=1763817700.0000")));
        assertEquals(plain, text(get(STREAM + "recording_status.json?from=1763817600000&to=1763817700000")));
        assertEquals(200, get("/cluster.json?stream=live%2Fcamera").status());
    }

    @Test
    void nothingCanBeChanged() {
        HttpReply reply = request("POST", "/streams.json");
        assertEquals(405, reply.status());
        assertEquals(Optional.of("GET, HEAD, OPTIONS"), reply.header("Allow"));
        assertFalse(text(reply).isEmpty());
    }

    private HttpReply get(String target, String... headers) {
        return request("GET", target, headers);
    }

    private HttpReply request(String method, String target, String... headers) {
        Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 0; i < headers.length; i += 2) {
            byName.put(headers[i], headers[i + 1]);
        }
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        return handler.reply(new HttpRequest(method, path, query < 0 ? null : target.substring(query + 1), byName::get))
                .join();
    }

    private static byte[] bytes(HttpReply reply) {
        byte[] bytes = ((InMemory) reply.body().orElseThrow()).bytes();
        assertEquals(bytes.length, reply.contentLengthBytes());
        return bytes;
    }

    private static String text(HttpReply reply) {
        return new String(bytes(reply), UTF_8);
    }

    private static Take take(TakeId id, int ordinal) {
        return new Take(
                id,
                ordinal,
                Optional.of(new Take.Video("avc1.64001f", 1280, 720)),
                Optional.of(new Take.Audio("mp4a.40.2", 48_000, 2)));
    }
}
