package org.red5.dvr.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.StreamKey;

class ClusterMapJsonTest {
    private static String text(ClusterMap map) {
        return new String(ClusterMapJson.render(map), StandardCharsets.UTF_8);
    }

    @Test
    void whatIsCachedIsSaidByStream() {
        ClusterMap map = ClusterMap.alone("edge");
        assertEquals("{\"node\":\"edge\",\"sources\":[]}", text(map));
        List<ClusterMap.Cached> cached = List.of(new ClusterMap.Cached(new StreamKey("live", "camera"), 9, 1));
        assertEquals(
                "{\"node\":\"edge\",\"sources\":[],"
                        + "\"cached\":[{\"stream\":\"live/camera\",\"hits\":9,\"misses\":1}]}",
                text(map.with(cached)));
    }
}
