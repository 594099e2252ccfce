package org.red5.dvr.testbed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Asks a server's DVR as a player does. */
final class DvrClient {
    /**
     * An entry of a media playlist.
     *
     * @param number segment number, counted from the playlist's media sequence
     * @param startMillis from PROGRAM-DATE-TIME and the durations since
     * @param uri as in the playlist
     * @param discontinuity whether the tag stands before it
     */
    record Entry(long number, long startMillis, double seconds, String uri, boolean discontinuity, boolean gap) {
        /** The take that its address names. */
        String take() {
            return uri.split("/")[1];
        }
    }

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final int httpPort;

    DvrClient(Red5Server server) {
        this(server.httpPort());
    }

    /** For a server on this machine, whether it runs already or not. */
    DvrClient(int httpPort) {
        this.httpPort = httpPort;
    }

    HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, headers);
    }

    HttpResponse<byte[]> send(String method, String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(path)).timeout(LIMIT).method(method, HttpRequest.BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    String text(String path) throws IOException, InterruptedException {
        return new String(bytes(path), StandardCharsets.UTF_8);
    }

    /** Servers that may have it do not answer now. */
    static final class UnavailableException extends IOException {
        private static final long serialVersionUID = 1;

        UnavailableException(String message) {
            super(message);
        }
    }

    /** The body; anything but 200 is an error, 503 an {@link UnavailableException}. */
    byte[] bytes(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = get(path);
        if (response.statusCode() != 200) {
            String body = new String(response.body(), StandardCharsets.UTF_8);
            String message = uri(path) + " answers " + response.statusCode() + ": " + body;
            throw response.statusCode() == 503 ? new UnavailableException(message) : new IOException(message);
        }
        return response.body();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + httpPort + "/dvr/" + path);
    }

    /** The streams, with where their recordings begin and end. */
    JsonArray streams() throws IOException, InterruptedException {
        return JsonParser.parseString(text("streams.json")).getAsJsonArray();
    }

    JsonArray status(String stream) throws IOException, InterruptedException {
        return JsonParser.parseString(text(stream + "/recording_status.json")).getAsJsonArray();
    }

    /** The window of so many whole segments, as a playlist. */
    static String past(String stream, long firstNumber, long count) {
        long periodSeconds = ClipArchive.GRID.periodMillis() / 1_000;
        return stream + "/archive-" + firstNumber * periodSeconds + '-' + count * periodSeconds + ".m3u8";
    }

    /** How much of a stream is recorded. */
    double recordedSeconds(String stream) throws IOException, InterruptedException {
        if (get(stream + "/recording_status.json").statusCode() != 200) {
            return 0;
        }
        return ranges(stream).stream()
                .mapToDouble(range -> range.getAsJsonObject().get("duration").getAsDouble())
                .sum();
    }

    /**
     * All that is recorded from then on of a stream that has ended or is about to, as a window that is over: one that may grow is
     * played from near its end.
     */
    String recorded(String stream, long fromSeconds) throws Exception {
        Eventually.holds(stream + " has ended", LIMIT, () -> !isLive(stream));
        List<JsonElement> ranges = ranges(stream);
        JsonObject last = ranges.get(ranges.size() - 1).getAsJsonObject();
        double endSeconds =
                last.get("from").getAsDouble() + last.get("duration").getAsDouble();
        // The end is told to the millisecond, and the window must not end behind it.
        long millis = (long) Math.floor((endSeconds - fromSeconds) * 1_000) - 1;
        return String.format("%s/archive-%d-%d.%03d.m3u8", stream, fromSeconds, millis / 1_000, millis % 1_000);
    }

    boolean isLive(String stream) throws IOException, InterruptedException {
        return streams().asList().stream()
                .map(JsonElement::getAsJsonObject)
                .anyMatch(each -> each.get("live").getAsBoolean()
                        && each.get("path").getAsString().equals(stream));
    }

    private List<JsonElement> ranges(String stream) throws IOException, InterruptedException {
        return status(stream).get(0).getAsJsonObject().getAsJsonArray("ranges").asList();
    }

    /** The entries of the media playlist behind a multivariant playlist. */
    List<Entry> entries(String multivariant) throws IOException, InterruptedException {
        String media = text(multivariant)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .findFirst()
                .orElseThrow();
        return mediaEntries(multivariant.substring(0, multivariant.lastIndexOf('/') + 1) + media);
    }

    /** The entries of a media playlist. */
    List<Entry> mediaEntries(String playlist) throws IOException, InterruptedException {
        List<Entry> entries = new ArrayList<>();
        long number = 0;
        long start = 0;
        double seconds = 0;
        boolean discontinuity = false;
        boolean gap = false;
        for (String line : text(playlist).lines().toList()) {
            if (line.startsWith("#EXT-X-MEDIA-SEQUENCE:")) {
                number = Long.parseLong(line.substring(22));
            } else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) {
                start = Instant.parse(line.substring(25)).toEpochMilli();
            } else if (line.startsWith("#EXTINF:")) {
                seconds = Double.parseDouble(line.substring(8, line.indexOf(',')));
            } else if (line.equals("#EXT-X-DISCONTINUITY")) {
                discontinuity = true;
            } else if (line.equals("#EXT-X-GAP")) {
                gap = true;
            } else if (!line.startsWith("#")) {
                entries.add(new Entry(number++, start, seconds, line, discontinuity, gap));
                start += Math.round(seconds * 1_000);
                discontinuity = false;
                gap = false;
            }
        }
        return entries;
    }
}
