package org.red5.dvr.web;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.Query;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.playback.Window;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnrecordedTrack;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/** Answers requests for {@code <stream>/recording_status.json}. Any thread may call. */
final class StatusRequests {
    private final Playback playback;
    private final StreamWatch watch;

    /**
     * @param watch knows of streams what is not recorded
     */
    StatusRequests(Playback playback, StreamWatch watch) {
        this.playback = playback;
        this.watch = watch;
    }

    /** The report. */
    CompletableFuture<HttpReply> status(Asked asked) {
        StreamKey stream = asked.stream();
        List<UnrecordedTrack> unrecorded = watch.unrecordedTracks(stream);
        long now = playback.nowMicros();
        return playback.between(stream, new UtcRange(now, now))
                .thenCompose(present ->
                        Futures.from(() -> playback.between(stream, window(asked.query(), now, present.span()))))
                .thenApply(timeline -> StatusReport.render(
                        stream, timeline, watch.storage(stream), unrecorded, watch.audience(stream)))
                .exceptionally(failure -> {
                    boolean isNothing = Futures.unwrapped(failure) instanceof PlaybackException refused
                            && refused.kind() == Kind.NOTHING_THERE;
                    if (!isNothing || unrecorded.isEmpty()) {
                        throw new CompletionException(Futures.unwrapped(failure));
                    }
                    return StatusReport.renderEmpty(stream, unrecorded);
                })
                .thenApply(asked::json);
    }

    /** The window: as asked for, else all that is recorded, 7 days back at most. */
    private static UtcRange window(Query query, long now, Optional<UtcRange> span) throws PlaybackException {
        Optional<String> fromText = query.get("from");
        Optional<String> toText = query.get("to");
        long to = toText.isPresent() ? Window.instant(toText.get()) : now;
        long earliest = Math.max(0, Math.min(to, now) - Window.MAX_MICROS);
        long from = fromText.isPresent()
                ? Window.instant(fromText.get())
                : Math.min(to, Math.max(earliest, span.map(UtcRange::fromMicros).orElse(to)));
        if (fromText.isPresent() && from >= to) {
            throw bad("The window's beginning " + Sentences.quote(fromText.get()) + " is not before its end "
                    + Sentences.quote(toText.orElse("now")) + '.');
        }
        if (to - from > Window.MAX_MICROS) {
            throw bad("The window is longer than 7 days (604800 seconds).");
        }
        // The future is not missing.
        long end = Math.min(to, Math.max(now, span.map(UtcRange::toMicros).orElse(now)));
        return new UtcRange(Math.min(from, end), end);
    }

    private static PlaybackException bad(String sentence) {
        return new PlaybackException(Kind.BAD_REQUEST, sentence);
    }
}
