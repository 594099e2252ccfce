package org.red5.dvr.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Random;

/** What no player sends, made from a seed: the head of a request, and some of a body. */
final class MadeUpHttp {
    private static final String[] METHODS = {
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "G\0T", "get", ""
    };
    private static final String[] PATHS = {
        "/dvr/",
        "/dvr/health",
        "/dvr/metrics",
        "/dvr/streams.json",
        "/dvr/cluster.json",
        "/dvr/live/honest0/index.m3u8",
        "/dvr/live/honest1/archive-0-604800.m3u8",
        "/dvr/live/honest0/rewind-600.m3u8",
        "/dvr/live/honest0/locks",
        "/dvr/live/honest0/recording_status.json?from=0&to=9e99",
        "/dvr/live/honest0/segments/x/1.m4s",
        "/dvr/live/honest0/archive-99999999999999-now.m3u8",
        "/dvr/peer/v2/status",
        "/dvr/peer/v2/hours/live/x?from=1&to=2",
        "/dvr/live/~2E~2E/index.m3u8",
        "/dvr/live/%2e%2e/%00/index.m3u8",
        "/../../etc/passwd",
        "*",
        "http://x/dvr/"
    };
    private static final String[] HEADERS = {
        "Range: bytes=0-",
        "Range: bytes=9-1,-5,99999999999999999999-",
        "Content-Length: 5000",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Expect: 100-continue",
        "Upgrade: websocket\r\nConnection: Upgrade",
        "Authorization: Basic YTpi",
        "Authorization: DVR2 node=x, time=1, nonce=AAAAAAAAAAAAAAAAAAAAAA, mac=x",
        "Accept-Encoding: gzip;q=,,,;;q=9",
        "Origin: http://x",
        "Access-Control-Request-Headers: a,b,c",
        "If-None-Match: \"x\", W/\"y",
        "Cookie: a=b",
        "Content-Type: application/json",
        "DVR-Wait: 1",
        "CDN-Loop: a, b",
        ": x",
        "no colon",
        "X: \u0001"
    };

    private MadeUpHttp() {}

    /** The bytes of a case. */
    static byte[] of(Random random) {
        StringBuilder text = new StringBuilder();
        text.append(pick(random, METHODS)).append(' ').append(pick(random, PATHS));
        if (random.nextInt(4) == 0) {
            text.append("x".repeat(random.nextInt(9_000)));
        }
        text.append(random.nextInt(8) == 0 ? " HTTP/9.9" : " HTTP/1.1").append("\r\nHost: x\r\n");
        int headers = random.nextInt(8);
        for (int i = 0; i < headers; i++) {
            text.append(pick(random, HEADERS)).append("\r\n");
        }
        text.append(random.nextInt(10) == 0 ? "" : "\r\n");
        text.append(pick(random, new String[] {
            "",
            "5\r\nhello\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nx",
            "{\"from\":1,\"duration\":",
            "[".repeat(5_000),
            "x".repeat(5_000)
        }));
        byte[] bytes = text.toString().getBytes(ISO_8859_1);
        int changes = random.nextInt(3) == 0 ? random.nextInt(6) : 0;
        for (int i = 0; i < changes; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static String pick(Random random, String[] from) {
        return from[random.nextInt(from.length)];
    }
}
