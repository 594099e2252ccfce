package org.red5.dvr.web;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.red5.dvr.http.Content;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.Window;
import org.red5.dvr.playback.mp4.Download;
import org.red5.dvr.playback.mp4.Downloads;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.web.Asked.Caching;

/** Answers requests for past windows as files: {@code archive-<from>-<duration>.mp4} and {@code .fmp4}. Any thread may call. */
final class DownloadRequests {
    private static final String MEDIA_TYPE = "video/mp4";
    /** A header has room for so many; the status report has them all. */
    private static final int MOST_HOLES = 100;

    private static final DateTimeFormatter COMPACT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Downloads downloads;

    DownloadRequests(Downloads downloads) {
        this.downloads = downloads;
    }

    /** The window as a plain MP4. */
    CompletableFuture<HttpReply> plain(Asked asked) throws PlaybackException {
        return downloads.plain(asked.stream(), window(asked, ".mp4")).thenApply(file -> reply(asked, file));
    }

    /** The window's fragments as they are recorded. */
    CompletableFuture<HttpReply> fragmented(Asked asked) throws PlaybackException {
        return downloads.fragmented(asked.stream(), window(asked, ".fmp4")).thenApply(file -> reply(asked, file));
    }

    private static Window window(Asked asked, String extension) throws PlaybackException {
        String name = asked.name().substring(0, asked.name().length() - extension.length());
        Optional<Window> window = Window.parseDownload(name);
        if (window.isEmpty()) {
            throw MediaName.none(asked);
        }
        return window.get();
    }

    private static HttpReply reply(Asked asked, Download file) {
        List<Header> headers = new ArrayList<>();
        headers.add(new Header("Content-Disposition", disposition(asked.stream(), file.startMicros())));
        if (!file.holes().isEmpty()) {
            headers.add(new Header("DVR-Holes", holes(file.holes())));
        }
        Caching caching = file.isOver() ? Caching.FOR_A_MINUTE : asked.caching();
        return asked.reply(Content.of(MEDIA_TYPE, '"' + file.digest() + '"', caching.value(), file.bytes(), headers));
    }

    /** RFC 6266: a name that every file system takes, and the stream's own for who can read that. */
    private static String disposition(StreamKey stream, long startMicros) {
        String end = '-' + COMPACT.format(Instant.ofEpochSecond(Math.floorDiv(startMicros, 1_000_000L))) + ".mp4";
        String name = stream.fullName().replace('/', '_');
        String plain = name.replaceAll("[^A-Za-z0-9._-]", "_");
        String disposition = "attachment; filename=\"" + plain + end + '"';
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return plain.equals(name) ? disposition : disposition + "; filename*=UTF-8''" + encoded + end;
    }

    /** {@code <from>-<duration>} of each, as the names of windows have them. */
    private static String holes(List<Timeline.Gap> gaps) {
        return gaps.stream()
                .limit(MOST_HOLES)
                .map(Timeline.Gap::range)
                .map(DownloadRequests::window)
                .collect(Collectors.joining(", "));
    }

    private static String window(UtcRange range) {
        return Json.seconds(range.fromMicros()).toPlainString()
                + '-'
                + Json.duration(range).toPlainString();
    }
}
