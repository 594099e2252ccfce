package org.red5.dvr.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.timeline.StreamKey;

class HlsViewersTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final StreamKey DOOR = new StreamKey("live", "door");

    private final AtomicLong nowNanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final HlsViewers viewers = new HlsViewers(Duration.ofSeconds(12), nowNanos::get);

    private void ask(StreamKey stream, String client, @Nullable String agent) {
        viewers.asked(
                stream,
                new HttpRequest(
                        "GET",
                        "/x",
                        null,
                        name -> name.equals("User-Agent") ? agent : null,
                        bytes -> new byte[0],
                        client));
    }

    @Test
    void oneViewerForEachAddressAndName() {
        ask(CAMERA, "10.0.0.1", "hls.js");
        ask(CAMERA, "10.0.0.1", "hls.js");
        ask(CAMERA, "10.0.0.1", "VLC");
        ask(CAMERA, "10.0.0.2", "hls.js");
        ask(DOOR, "10.0.0.1", null);
        assertEquals(3, viewers.of(CAMERA));
        assertEquals(1, viewers.of(DOOR));
        assertEquals(4, viewers.all());
    }

    @Test
    void whoAsksNoMoreHasGone() {
        ask(CAMERA, "10.0.0.1", "hls.js");
        nowNanos.addAndGet(TimeUnit.SECONDS.toNanos(8));
        ask(CAMERA, "10.0.0.2", "hls.js");
        nowNanos.addAndGet(TimeUnit.SECONDS.toNanos(4));
        assertEquals(1, viewers.of(CAMERA));
        ask(CAMERA, "10.0.0.1", "hls.js");
        assertEquals(2, viewers.all());
        nowNanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        assertEquals(0, viewers.all());
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 100_100; i++) {
            ask(CAMERA, "10.0.0.1", "agent " + i);
        }
        assertEquals(100_000, viewers.all());
    }
}
