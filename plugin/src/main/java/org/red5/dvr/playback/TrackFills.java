package org.red5.dvr.playback;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.util.Futures;
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
    CompletableFuture<Map<TakeId, TrackFill>> of(StreamKey stream, Timeline timeline, Part part, boolean goesOn) {
        Map<TakeId, Segment> lacking = new LinkedHashMap<>();
        for (Segment segment : timeline.segments()) {
            if (segment.audioBytes() == 0 || part == Part.MUXED && segment.videoBytes() == 0) {
                lacking.putIfAbsent(segment.take(), segment);
            }
        }
        Map<TakeId, TrackFill> fills = new HashMap<>();
        return Futures.inTurn(
                        lacking.keySet(),
                        take -> (goesOn ? kept(stream, timeline, take) : chosen(stream, timeline, take, false))
                                .thenAccept(fill -> fill.filter(
                                                track -> part == Part.MUXED || track instanceof TrackFill.Sound)
                                        .ifPresent(track -> fills.put(take, track))))
                .thenApply(done -> fills);
    }

    private CompletableFuture<Optional<TrackFill>> kept(StreamKey stream, Timeline timeline, TakeId take) {
        Key key = new Key(stream, take);
        synchronized (given) {
            TrackFill known = given.get(key);
            if (known != null) {
                return CompletableFuture.completedFuture(Optional.of(known));
            }
        }
        // Outside of the lock, as it may ask disks and other servers.
        return chosen(stream, timeline, take, true).thenApply(chosen -> {
            synchronized (given) {
                chosen.ifPresent(fill -> given.putIfAbsent(key, fill));
                return Optional.ofNullable(given.get(key));
            }
        });
    }

    /**
     * Empty when the take has both tracks, or nobody knows it.
     *
     * @param mayGain whether the list may get a take that has sound although none has it now
     */
    private CompletableFuture<Optional<TrackFill>> chosen(
            StreamKey stream, Timeline timeline, TakeId id, boolean mayGain) {
        return resolver.take(stream, id).thenCompose(take -> {
            Optional<Take.Audio> audio = take.flatMap(Take::audio);
            if (take.isEmpty() || audio.isPresent() && take.get().video().isPresent()) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            return audio.isEmpty()
                    ? first(stream, timeline, other -> other.audioBytes() > 0)
                            .thenApply(heard -> Optional.of(TrackFill.soundLike(heard.flatMap(Take::audio)))
                                    .filter(sound -> heard.isPresent() || mayGain))
                    : first(stream, timeline, other -> other.videoBytes() > 0)
                            .thenApply(seen -> Optional.of(TrackFill.pictureLike(
                                    seen.flatMap(Take::video), audio.get().sampleRate())));
        });
    }

    private CompletableFuture<Optional<Take>> first(StreamKey stream, Timeline timeline, Predicate<Segment> has) {
        return timeline.segments().stream()
                .filter(has)
                .findFirst()
                .map(found -> resolver.take(stream, found.take()))
                .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty()));
    }
}
