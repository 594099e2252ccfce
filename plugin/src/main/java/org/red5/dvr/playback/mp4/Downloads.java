package org.red5.dvr.playback.mp4;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.Window;
import org.red5.dvr.playback.mp4.FragmentHeads.Heads;
import org.red5.dvr.playback.mp4.FragmentHeads.Summaries;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.LruMap;

/**
 * Makes files of past windows. Any thread may call. The window is found on the thread that asks, which may wait for other servers as
 * {@link Playback#recorded} does; what segments have in them comes later, without a thread that waits.
 */
public final class Downloads {
    /** To be changed with every change of what is made of the same segments. */
    private static final String PLAIN = "mp4-1";

    private static final String FRAGMENTED = "fmp4-1";
    /** So far back a key frame is looked for when a window begins without one. */
    private static final long KEY_FRAME_MICROS = 60_000_000;

    private static final int MOST_LAYOUTS = 16;

    private final Playback playback;
    private final FragmentHeads fragments;
    /** By their digests, while there is memory: players and download programs ask for one file many times. */
    @GuardedBy("layouts")
    private final Map<String, SoftReference<MovieLayout>> layouts = new LruMap<>(MOST_LAYOUTS);

    public Downloads(Playback playback) {
        this.playback = playback;
        this.fragments = new FragmentHeads(playback);
    }

    /** A window as a plain MP4. Fails as {@link Playback#recorded}, and when it cannot be one file. */
    public CompletableFuture<Download> plain(StreamKey stream, Window window) {
        UtcRange shown = shown(window);
        return playback.recorded(stream, window)
                .thenCompose(timeline -> fromKeyFrame(stream, timeline).thenCompose(segments -> {
                    String digest = ContentDigest.of(PLAIN, shown, segments);
                    return layout(stream, segments, shown, digest)
                            .thenApply(layout -> download(layout.bytes(), digest, window, timeline));
                }));
    }

    /** A window as a fragmented MP4, its fragments as they are recorded; as {@link #plain}. */
    public CompletableFuture<Download> fragmented(StreamKey stream, Window window) {
        return playback.recorded(stream, window).thenCompose(timeline -> {
            List<Segment> segments = timeline.segments();
            return inits(stream, segments)
                    .thenApply(inits -> fragmented(stream, window, timeline, configurations(segments, inits, false)));
        });
    }

    private Download fragmented(StreamKey stream, Window window, Timeline timeline, Configurations one) {
        List<Segment> segments = timeline.segments();
        String digest = ContentDigest.of(FRAGMENTED, new UtcRange(0, 0), segments);
        SegmentRun media = new SegmentRun(fragments, stream, segments);
        InMemory init = new InMemory(one.init(segments.get(0).take()).toBytes());
        MediaBytes.OnDemand.Pieces pieces = offset -> offset < init.lengthBytes()
                ? CompletableFuture.completedFuture(MediaBytes.slice(init, offset, init.lengthBytes() - offset))
                : media.from(offset - init.lengthBytes());
        return download(
                new MediaBytes.OnDemand(pieces, 0, init.lengthBytes() + media.lengthBytes()), digest, window, timeline);
    }

    private Download download(MediaBytes bytes, String digest, Window window, Timeline timeline) {
        long start = Math.max(timeline.window().fromMicros(), timeline.first().startUtcMicros());
        return new Download(bytes, digest, start, timeline.gaps(), playback.isOver(window, timeline));
    }

    /** What of the moments is wanted, whatever there is by now. */
    private static UtcRange shown(Window window) {
        return window instanceof Window.Past past
                ? new UtcRange(past.fromMicros(), past.toMicros())
                : new UtcRange(((Window.Since) window).fromMicros(), Long.MAX_VALUE / 2);
    }

    /** The segments, and those before them that hold the pictures which the first one is made of. */
    private CompletableFuture<List<Segment>> fromKeyFrame(StreamKey stream, Timeline timeline) {
        Segment first = timeline.first();
        long from = timeline.window().fromMicros();
        if (first.independent() || first.videoBytes() == 0) {
            return CompletableFuture.completedFuture(timeline.segments());
        }
        UtcRange range = new UtcRange(Math.max(0, from - KEY_FRAME_MICROS), first.startUtcMicros());
        return playback.between(stream, range).thenApply(before -> fromKeyFrame(before.segments(), timeline));
    }

    private static List<Segment> fromKeyFrame(List<Segment> before, Timeline timeline) {
        for (int i = before.size() - 1; i >= 0; i--) {
            Segment next = i + 1 < before.size() ? before.get(i + 1) : timeline.first();
            if (!Timeline.follows(next, before.get(i))) {
                break;
            }
            if (before.get(i).independent()) {
                List<Segment> all = new ArrayList<>(before.subList(i, before.size()));
                all.addAll(timeline.segments());
                return all;
            }
        }
        return timeline.segments();
    }

    private CompletableFuture<MovieLayout> layout(
            StreamKey stream, List<Segment> segments, UtcRange shown, String digest) {
        SoftReference<MovieLayout> known;
        synchronized (layouts) {
            known = layouts.get(digest);
        }
        MovieLayout kept = known == null ? null : known.get();
        return kept != null
                ? CompletableFuture.completedFuture(kept)
                : newLayout(stream, segments, shown).thenApply(layout -> {
                    synchronized (layouts) {
                        layouts.put(digest, new SoftReference<>(layout));
                    }
                    return layout;
                });
    }

    private CompletableFuture<MovieLayout> newLayout(StreamKey stream, List<Segment> segments, UtcRange shown) {
        return inits(stream, segments).thenCompose(inits -> {
            Configurations all = configurations(segments, inits, true);
            Gathering<Summaries> summaries = new Gathering<>(segments.size());
            Map<Integer, Heads> edges = new TreeMap<>();
            return summaries
                    .gather(i -> fragments.summaries(stream, segments.get(i)))
                    .thenCompose(known -> edges(stream, segments, shown, edges).thenApply(done -> {
                        try {
                            MovieBuilder.Movie movie = new MovieBuilder(segments, shown, all, known, edges).build();
                            return new MovieLayout(movie, all, new SegmentRun(fragments, stream, segments));
                        } catch (PlaybackException e) {
                            throw new CompletionException(e);
                        }
                    }));
        });
    }

    private CompletableFuture<?> edges(
            StreamKey stream, List<Segment> segments, UtcRange shown, Map<Integer, Heads> edges) {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            if (MovieBuilder.isEdge(segments.get(i), shown)) {
                positions.add(i);
            }
        }
        return new Gathering<Heads>(positions.size())
                .gather(i -> fragments.heads(stream, segments.get(positions.get(i))))
                .thenAccept(heads -> {
                    for (int i = 0; i < heads.size(); i++) {
                        edges.put(positions.get(i), heads.get(i));
                    }
                });
    }

    private static Configurations configurations(
            List<Segment> segments, Map<TakeId, InitSegment> inits, boolean isPlain) {
        try {
            return Configurations.of(segments, inits, isPlain);
        } catch (PlaybackException e) {
            throw new CompletionException(e);
        }
    }

    /** The init segments of all takes; of those that cannot be had none. */
    private CompletableFuture<Map<TakeId, InitSegment>> inits(StreamKey stream, List<Segment> segments) {
        Set<TakeId> ids = new LinkedHashSet<>();
        segments.forEach(segment -> ids.add(segment.take()));
        List<TakeId> takes = List.copyOf(ids);
        return new Gathering<Optional<InitSegment>>(takes.size())
                .gather(i -> init(stream, takes.get(i)))
                .thenApply(found -> {
                    Map<TakeId, InitSegment> inits = new HashMap<>();
                    for (int i = 0; i < takes.size(); i++) {
                        TakeId take = takes.get(i);
                        found.get(i).ifPresent(init -> inits.put(take, init));
                    }
                    return inits;
                });
    }

    private CompletableFuture<Optional<InitSegment>> init(StreamKey stream, TakeId take) {
        return playback.initSegment(stream, take, Part.MUXED, Optional.empty()).thenApply(found -> {
            if (found.isEmpty()) {
                return Optional.empty();
            }
            MediaBytes bytes = found.get().bytes();
            try {
                return Optional.of(InitSegmentReader.parse(playback.read(bytes, 0, (int) bytes.lengthBytes())));
            } catch (CorruptMediaException e) {
                throw new CompletionException(
                        new IOException("the init segment of " + take + ": " + e.getMessage(), e));
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }
}
