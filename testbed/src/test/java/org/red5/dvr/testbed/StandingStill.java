package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.Collection;

/** Live playlists in Chromium with the player page's hls.js, side by side: how long each stands still, and its errors. For one thread. */
final class StandingStill {
    /** So much more than its encoder a player may stand still. */
    private static final double MORE_SECONDS = 1;
    /** Said of a hole, and of a player that waits for what is not there yet. */
    private static final String OF_PAUSES =
            "['bufferStalledError', 'bufferSeekOverHole', 'bufferNudgeOnStall', 'fragGap']";

    private static final String PLAY = """
            (() => {
              window.players ??= {};
              const player = (window.players['NAME'] = { errors: [], takes: [], longest: 0 });
              const video = document.createElement('video');
              video.muted = true;
              document.body.append(video);
              const hls = new Hls();
              hls.on(Hls.Events.ERROR, (_, error) => {
                if (!OF_PAUSES.includes(error.details)) {
                  player.errors.push(error.details);
                }
              });
              hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
              hls.on(Hls.Events.FRAG_CHANGED, (_, { frag }) => {
                const take = frag.relurl.split('/')[1];
                if (!player.takes.includes(take)) {
                  player.takes.push(take);
                  player.takeBegan = video.currentTime;
                }
                player.shown = video.currentTime - player.takeBegan;
              });
              let time = 0;
              let since = Date.now();
              setInterval(() => {
                if (video.currentTime !== time || time === 0) {
                  time = video.currentTime;
                  since = Date.now();
                }
                player.longest = Math.max(player.longest, Date.now() - since);
              }, 50);
              hls.loadSource('ADDRESS');
              hls.attachMedia(video);
              return 'begun';
            })()
            """;

    private final PlayerPage page;

    StandingStill(PlayerPage page) throws IOException, InterruptedException {
        this.page = page;
        page.open("");
        page.await("window.Hls && Hls.isSupported()");
    }

    /** Begins to play. */
    void play(String name, String address) throws IOException, InterruptedException {
        page.text(PLAY.replace("OF_PAUSES", OF_PAUSES).replace("NAME", name).replace("ADDRESS", address));
    }

    /** Waits until each plays. */
    void awaitFirstTakes(Collection<String> names) throws IOException, InterruptedException {
        for (String name : names) {
            page.await("window.players['" + name + "'].takes.length === 1");
        }
    }

    /** Waits until each shows a second take, and its next segment. */
    void awaitSecondTakes(Collection<String> names) throws IOException, InterruptedException {
        for (String name : names) {
            page.await("window.players['" + name + "'].takes.length === 2 && window.players['" + name + "'].shown > 2");
        }
    }

    /** It stood still for no longer than so many seconds, and a little. */
    void assertWell(String name, double seconds) throws IOException, InterruptedException {
        JsonObject player = JsonParser.parseString(page.text("JSON.stringify(window.players['" + name + "'])"))
                .getAsJsonObject();
        System.out.println("a pause of " + seconds + " s: " + player);
        assertEquals(0, player.getAsJsonArray("errors").size(), name + ": " + player);
        assertTrue(player.get("longest").getAsLong() / 1_000.0 <= seconds + MORE_SECONDS, name + ": " + player);
    }
}
