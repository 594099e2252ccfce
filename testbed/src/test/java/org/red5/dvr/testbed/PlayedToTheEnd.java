package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Playlists in Chromium with the player page's hls.js, side by side and each from its first picture to its last. For one thread. */
final class PlayedToTheEnd {
    /** Plays a playlist four times as fast as it is meant to, and keeps what comes of it in {@code results}. */
    private static final String PLAY = """
            (() => {
              window.results ??= {};
              const result = (window.results['NAME'] = { errors: [], sizes: [], ended: false });
              const video = document.createElement('video');
              video.muted = true;
              document.body.append(video);
              const hls = new Hls({ maxBufferLength: 90 });
              hls.on(Hls.Events.ERROR, (_, error) => {
                result.errors.push(error.details);
                result.fatal ||= error.fatal;
              });
              hls.on(Hls.Events.MANIFEST_PARSED, () => { video.playbackRate = 4; video.play(); });
              video.addEventListener('resize', () => result.sizes.push(video.videoWidth));
              video.addEventListener('ended', () => {
                result.frames = video.webkitDecodedFrameCount;
                result.audioBytes = video.webkitAudioDecodedByteCount;
                result.ended = true;
              });
              hls.loadSource('ADDRESS');
              hls.attachMedia(video);
              return 'begun';
            })()
            """;

    private final PlayerPage page;
    /** By name, in the order in which they began. */
    private final Map<String, JsonObject> results = new LinkedHashMap<>();

    /** @param addresses of the playlists, below the page's, by names of one's own */
    PlayedToTheEnd(PlayerPage page, Map<String, String> addresses) throws IOException, InterruptedException {
        this.page = page;
        page.open("");
        page.await("window.Hls && Hls.isSupported()");
        for (Map.Entry<String, String> one : addresses.entrySet()) {
            page.text(PLAY.replace("NAME", one.getKey()).replace("ADDRESS", one.getValue()));
        }
        for (String name : addresses.keySet()) {
            results.put(name, awaitEnd(name));
        }
    }

    private JsonObject awaitEnd(String name) throws IOException, InterruptedException {
        page.await("window.results['" + name + "'].ended || window.results['" + name + "'].fatal");
        return JsonParser.parseString(page.text("JSON.stringify(window.results['" + name + "'])"))
                .getAsJsonObject();
    }

    /** It played to its end without an error, with sound. */
    void assertWell(String name) {
        assertEnded(name);
        JsonObject result = results.get(name);
        assertEquals(0, result.getAsJsonArray("errors").size(), name + ": " + result);
        assertTrue(result.get("audioBytes").getAsLong() > 1_000, name + ": " + result);
    }

    /** It played to its end, whatever it stumbled over. */
    void assertEnded(String name) {
        JsonObject result = results.get(name);
        assertTrue(result.get("ended").getAsBoolean(), name + ": " + result);
    }

    /** How many pictures were decoded. */
    int frames(String name) {
        return results.get(name).get("frames").getAsInt();
    }

    /** The widths of its pictures, in pixels and in order. */
    List<Integer> widths(String name) {
        return results.get(name).getAsJsonArray("sizes").asList().stream()
                .map(JsonElement::getAsInt)
                .distinct()
                .toList();
    }
}
