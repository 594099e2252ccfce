package org.red5.dvr.playback;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Resolver;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.util.LruMap;

/**
 * Chooses what is put into takes that lack a track: what goes with the first take of the list that has it, as some players keep to the
 * first configuration. A list that goes on keeps what it was given, within a bound by least recent use. Any thread may call.
 */
final class TrackFills {
    private static final int MOST_TAKES = 10_000;

    private final Resolver resolver;

    /** By least recent use. */
    @GuardedBy("given")
    private final Map<Key, TrackFill> given = new LruMap<>(MOST_TAKES);

    private record Key(StreamKey stream, TakeId take) {}

    TrackFills(Resolver resolver) {
        this.resolver = resolver;
    }

    /**
     * What is put into which take of a list.
     *
     * @param part which tracks the list has: all, or its sound
     * @param goesOn whether it keeps what it was given
     */
    Map<TakeId, TrackFill> of(StreamKey stream, Timeline timeline, Part part, boolean goesOn) throws IOException {
        Map<TakeId, TrackFill> fills = new HashMap<>();
        Set<TakeId> seen = new HashSet<>();
        for (Segment segment : timeline.segments()) {
            boolean lacks = segment.audioBytes() == 0 || part == Part.MUXED && segment.videoBytes() == 0;
            if (lacks && seen.add(segment.take())) {
                Optional<TrackFill> fill =
                        goesOn ? kept(stream, timeline, segment) : chosen(stream, timeline, segment, false);
                fill.filter(track -> part == Part.MUXED || track instanceof TrackFill.Sound)
                        .ifPresent(track -> fills.put(segment.take(), track));
            }
        }
        return fills;
    }

    private Optional<TrackFill> kept(StreamKey stream, Timeline timeline, Segment segment) throws IOException {
        Key key = new Key(stream, segment.take());
        synchronized (given) {
            TrackFill known = given.get(key);
            if (known != null) {
                return Optional.of(known);
            }
        }
        // Outside of the lock, as it may ask disks and other servers.
        Optional<TrackFill> chosen = chosen(stream, timeline, segment, true);
        synchronized (given) {
            chosen.ifPresent(fill -> given.putIfAbsent(key, fill));
            return Optional.ofNullable(given.get(key));
        }
    }

    /**
     * Empty when the take has both tracks, or nobody knows it.
     *
     * @param mayGain whether the list may get a take that has sound although none has it now
     */
    private Optional<TrackFill> chosen(StreamKey stream, Timeline timeline, Segment segment, boolean mayGain)
            throws IOException {
        Optional<Take> take = resolver.take(stream, segment.take());
        if (take.isEmpty()) {
            return Optional.empty();
        }
        Optional<Take.Audio> audio = take.get().audio();
        if (audio.isEmpty()) {
            Optional<Take> heard = first(stream, timeline, other -> other.audioBytes() > 0);
            return heard.isEmpty() && !mayGain
                    ? Optional.empty()
                    : Optional.of(TrackFill.soundLike(heard.flatMap(Take::audio)));
        }
        return take.get().video().isPresent()
                ? Optional.empty()
                : Optional.of(TrackFill.pictureLike(
                        first(stream, timeline, other -> other.videoBytes() > 0).flatMap(Take::video),
                        audio.get().sampleRate()));
    }

    private Optional<Take> first(StreamKey stream, Timeline timeline, Predicate<Segment> has) throws IOException {
        Optional<Segment> found = timeline.segments().stream().filter(has).findFirst();
        return found.isEmpty()
                ? Optional.empty()
                : resolver.take(stream, found.get().take());
    }
}
