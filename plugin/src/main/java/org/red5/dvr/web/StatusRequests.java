package org.red5.dvr.web;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.Query;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.playback.Window;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnrecordedTrack;
import org.red5.dvr.timeline.UtcRange;

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
    HttpReply status(Asked asked) throws PlaybackException, IOException {
        StreamKey stream = asked.stream();
        List<UnrecordedTrack> unrecorded = watch.unrecordedTracks(stream);
        try {
            Timeline timeline = playback.between(stream, window(stream, asked.query()));
            return asked.json(
                    StatusReport.render(stream, timeline, watch.storage(stream), unrecorded, watch.audience(stream)));
        } catch (PlaybackException e) {
            if (e.kind() != Kind.NOTHING_THERE || unrecorded.isEmpty()) {
                throw e;
            }
            return asked.json(StatusReport.renderEmpty(stream, unrecorded));
        }
    }

    /** The window: as asked for, else all that is recorded, 7 days back at most. */
    private UtcRange window(StreamKey stream, Query query) throws PlaybackException, IOException {
        long now = playback.nowMicros();
        Optional<UtcRange> span =
                playback.between(stream, new UtcRange(now, now)).span();
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
