package org.red5.dvr.testbed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Somebody who watches a clock live on a server's player page, and notes every picture and every error shown. For one thread. */
final class HlsViewer {
    /**
     * Reads the blocks of each picture that the browser presents ({@code requestVideoFrameCallback}) as the digits of a binary
     * number, and notes every seek. It is gone when the page is loaded anew.
     */
    private static final String WATCH = """
            (() => {
              const video = document.getElementById('video');
              const canvas = document.createElement('canvas');
              canvas.width = 320;
              canvas.height = 48;
              const graphics = canvas.getContext('2d', {willReadFrequently: true});
              const watch = {seen: [], leaps: [], errors: []};
              window.watch = watch;
              let time = video.currentTime;
              setInterval(() => { time = video.seeking ? time : video.currentTime; }, 40);
              video.addEventListener('seeking', () => {
                watch.leaps.push([Date.now(), Math.round((video.currentTime - time) * 1000)]);
                time = video.currentTime;
              });
              const look = (now, {mediaTime}) => {
                graphics.drawImage(video, 0, 0, 320, 180);
                const pixels = graphics.getImageData(0, 0, 320, 48).data;
                let bits = '';
                for (let i = 0; i < 60; i++) {
                  const x = (i % 20) * 16 + 8;
                  const y = Math.floor(i / 20) * 16 + 8;
                  bits += pixels[(y * 320 + x) * 4 + 1] >= 128 ? '1' : '0';
                }
                watch.seen.push([Date.now(), bits, Math.round(mediaTime * 1000)]);
                video.requestVideoFrameCallback(look);
              };
              video.requestVideoFrameCallback(look);
              new MutationObserver(() => {
                const error = document.documentElement.dataset.error;
                if (error && watch.errors.at(-1) !== error) {
                  watch.errors.push(error);
                }
              }).observe(document.documentElement, {attributes: true, attributeFilter: ['data-error']});
            })()""";

    private final PlayerPage page;
    private final SeenPictures pictures = new SeenPictures();

    /** Opens the page and waits until it plays live. */
    HlsViewer(PlayerPage page) throws IOException, InterruptedException {
        this.page = page;
        page.open("");
        page.awaitPlaying("live");
        page.evaluate(WATCH);
    }

    /** What was seen up to now. */
    SeenPictures pictures() throws IOException, InterruptedException {
        String seen = page.text("JSON.stringify(window.watch.seen.splice(0))");
        for (JsonElement element : JsonParser.parseString(seen).getAsJsonArray()) {
            JsonArray picture = element.getAsJsonArray();
            long atMillis = picture.get(0).getAsLong();
            long playerMillis = picture.get(2).getAsLong();
            ClockPicture.read(Long.parseLong(picture.get(1).getAsString(), 2))
                    .ifPresent(utcMillis -> pictures.add(new SeenPictures.Seen(atMillis, utcMillis, playerMillis)));
        }
        String leaps = page.text("JSON.stringify(window.watch.leaps.splice(0))");
        for (JsonElement element : JsonParser.parseString(leaps).getAsJsonArray()) {
            JsonArray leap = element.getAsJsonArray();
            pictures.addLeap(leap.get(0).getAsLong(), leap.get(1).getAsLong());
        }
        return pictures;
    }

    /** The errors that the page has shown; it has not been loaded anew since the beginning, or this fails. */
    List<String> errors() throws IOException, InterruptedException {
        List<String> errors = new ArrayList<>();
        for (JsonElement error : JsonParser.parseString(page.text("JSON.stringify(window.watch.errors)"))
                .getAsJsonArray()) {
            errors.add(error.getAsString());
        }
        return errors;
    }
}
