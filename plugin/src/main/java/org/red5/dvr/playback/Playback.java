package org.red5.dvr.playback;

import java.io.IOException;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/**
 * Answers what can be watched: finds the timeline of a window, and the bytes of its segments. Any thread may call it. A call may read disks
 * of this server; what other servers have comes later, as {@link Resolver} says. An answer fails with a {@link PlaybackException} too, and a
 * call throws it where the request alone tells.
 */
public final class Playback {
    /** An encoder's clock may run that far ahead of ours before the recorder brings it back. */
    private static final long AHEAD_MICROS = 10_000_000;
    /** A stream that was silent for three target durations, each of two cells, has ended. */
    private static final int SILENT_CELLS = 6;

    /** So far may the clocks of servers and viewers be from each other: of servers whose are further, none answers the other. */
    private static final long CLOCKS_MICROS = 30_000_000;

    private final Resolver resolver;
    private final Resolver export;
    private final SegmentGrid grid;
    private final Reach reach;
    private final Clock clock;
    private final DiscontinuitySequences discontinuities =
            new DiscontinuitySequences(Runtime.getRuntime().maxMemory() / 32, System::nanoTime);
    private final GivenLists given;
    private final ListTypes types;
    private final TrackFills fills;
    private final FilledSegments filled;
    private final ByteReader reader;

    /**
     * @param resolver answers for all that can be got at
     * @param grid the cluster's grid
     * @param reach how far back streams can be watched
     * @param clock tells what is past and what is future
     */
    public Playback(Resolver resolver, SegmentGrid grid, Reach reach, Clock clock) {
        this(resolver, grid, reach, clock, MediaBytes::read);
    }

    /** @param reader reads what is about to be sent, where it has to be looked at */
    public Playback(Resolver resolver, SegmentGrid grid, Reach reach, Clock clock, ByteReader reader) {
        this.fills = new TrackFills(resolver);
        this.filled = new FilledSegments(reader);
        this.reader = reader;
        this.resolver = resolver;
        this.export = resolver.forExport();
        this.grid = grid;
        this.reach = reach;
        this.clock = clock;
        this.given = new GivenLists(grid);
        this.types = new ListTypes(given, reach, settlingMicros(), this::between);
    }

    /** All streams, in order of application and name. */
    public CompletableFuture<List<StreamListing>> streams() {
        return resolver.streams();
    }

    /** A window as it can be watched now, with all tracks. */
    public CompletableFuture<View> view(StreamKey stream, Window window) throws PlaybackException {
        return view(stream, window, Part.MUXED);
    }

    /** A window as it can be watched now; whether its beginning stays is chosen now, or was before. */
    public CompletableFuture<View> view(StreamKey stream, Window window, Part part) throws PlaybackException {
        return view(stream, window, part, Optional.empty());
    }

    /**
     * A window as it can be watched now. Fails when the stream is unknown, nothing of it is in the window, or what may be is at servers that
     * do not answer.
     *
     * @param part which tracks its playlist has: all, or the sound alone
     * @param type of the playlist, if it was chosen before: of windows that grow or did, whatever they would be now
     */
    public CompletableFuture<View> view(StreamKey stream, Window window, Part part, Optional<ListType> type)
            throws PlaybackException {
        long now = nowMicros();
        UtcRange range = range(stream, window, now);
        if (range.fromMicros() > now) {
            return between(stream, new UtcRange(now, now))
                    .thenCompose(present -> CompletableFuture.failedFuture(future(stream, range, present, now)));
        }
        Asked asked = new Asked(stream, window, range, now, part);
        return between(stream, range)
                .handle((timeline, failure) -> Futures.from(() -> failure == null
                        ? view(asked, type, timeline)
                        : given(asked.as(lastGiven(asked, type)), Futures.unwrapped(failure))))
                .thenCompose(Function.identity());
    }

    /** What is to be watched, and when that is asked. */
    private record Asked(StreamKey stream, Window window, UtcRange range, long nowMicros, Part part) {
        Asked as(Window kind) {
            return new Asked(stream, kind, range, nowMicros, part);
        }
    }

    private Window lastGiven(Asked asked, Optional<ListType> type) {
        return asked.window().as(type.orElse(wasLive(asked) ? ListType.LIVE : ListType.EVENT));
    }

    private CompletableFuture<View> view(Asked asked, Optional<ListType> type, Timeline timeline)
            throws PlaybackException {
        StreamKey stream = asked.stream();
        UtcRange range = asked.range();
        long now = asked.nowMicros();
        if (asked.window() instanceof Window.Past past
                && type.isEmpty()
                && !given.wasGiven(stream, past, now)
                && !wasLive(asked)
                && (timeline.isEmpty() || isComplete(past, timeline, now))) {
            boolean isOver = isOver(past, timeline);
            Timeline list = thereIs(stream, range, timeline, now);
            return fills.of(stream, list, asked.part(), false)
                    .thenApply(filled -> new View(list, View.Shape.FINITE, grid, 0, isOver, asked.part(), filled));
        }
        return type.map(CompletableFuture::completedFuture)
                .orElseGet(() -> types.of(stream, asked.window(), timeline, now))
                .thenCompose(chosen ->
                        Futures.from(() -> growing(asked.as(asked.window().as(chosen)), timeline)));
    }

    private boolean wasLive(Asked asked) {
        return types.wasLive(asked.stream(), asked.window(), asked.nowMicros());
    }

    private CompletableFuture<View> growing(Asked asked, Timeline timeline) throws PlaybackException {
        Window kind = asked.window();
        long now = asked.nowMicros();
        if (!kind.losesHead() && timeline.isHeadExpired() && !given.wasGiven(asked.stream(), kind, now)) {
            throw new PlaybackException(
                    Kind.NOTHING_THERE,
                    "The beginning of this playlist has been deleted; the window's multivariant playlist"
                            + " leads to what is left.");
        }
        Timeline list = given.goOn(asked.stream(), kind, asked.range(), timeline, now);
        return goingOn(asked, thereIs(asked.stream(), asked.range(), list, now));
    }

    /** A list as it was given out before, when no server that answers knows the stream. */
    private CompletableFuture<View> given(Asked asked, Throwable failure) {
        if (!(failure instanceof PlaybackException)
                || !given.wasGiven(asked.stream(), asked.window(), asked.nowMicros())) {
            return CompletableFuture.failedFuture(failure);
        }
        Timeline nothing = new Timeline(
                asked.range(), List.of(), List.of(), Set.of(), List.of(), true, Optional.empty(), List.of());
        Timeline list = given.goOn(asked.stream(), asked.window(), asked.range(), nothing, asked.nowMicros());
        return list.isEmpty() ? CompletableFuture.failedFuture(failure) : goingOn(asked, list);
    }

    private CompletableFuture<View> goingOn(Asked asked, Timeline list) {
        StreamKey stream = asked.stream();
        return discontinuities
                .before(stream, asked.window(), list, () -> ordinal(stream, list))
                .thenCombine(fills.of(stream, list, asked.part(), true), (takesBefore, filled) -> {
                    View.Shape shape = shape(stream, asked.window(), list, asked.nowMicros());
                    return new View(list, shape, grid, takesBefore, false, asked.part(), filled);
                });
    }

    private Timeline thereIs(StreamKey stream, UtcRange range, Timeline timeline, long now) throws PlaybackException {
        if (timeline.isEmpty()) {
            if (timeline.live() && now < range.toMicros() + settlingMicros()) {
                throw new PlaybackException(
                        Kind.NOT_YET,
                        "Nothing of " + Sentences.quote(stream.fullName()) + " is recorded yet from "
                                + Sentences.range(range) + "; it is live.");
            }
            throw timeline.unanswered().isEmpty() ? nothing(stream, range, timeline.span()) : hidden(stream, timeline);
        }
        return timeline;
    }

    /** What is in the future by a clock that others' may be ahead of will be there soon, of a stream that is live. */
    private static PlaybackException future(StreamKey stream, UtcRange range, Timeline present, long now) {
        boolean isSoon = present.live() && range.fromMicros() - now <= CLOCKS_MICROS;
        return new PlaybackException(
                isSoon ? Kind.NOT_YET : Kind.NOTHING_THERE,
                "The window begins at " + Sentences.instant(range.fromMicros()) + ", which is in the future"
                        + present.span()
                                .map(span -> "; of " + Sentences.quote(stream.fullName()) + " there is "
                                        + Sentences.range(span))
                                .orElse("")
                        + '.');
    }

    /**
     * What there is by now of a past window of any length, to be kept: never empty. Fails as {@link #view}; also when any of it may be at
     * servers that do not answer.
     */
    public CompletableFuture<Timeline> recorded(StreamKey stream, Window window) {
        long now = nowMicros();
        long from = window instanceof Window.Past past ? past.fromMicros() : ((Window.Since) window).fromMicros();
        long to = window instanceof Window.Past past ? past.toMicros() : Long.MAX_VALUE;
        if (from > now) {
            return between(stream, new UtcRange(now, now))
                    .thenCompose(present ->
                            CompletableFuture.failedFuture(future(stream, new UtcRange(from, from), present, now)));
        }
        UtcRange range = new UtcRange(from, Math.min(to, now + AHEAD_MICROS));
        CompletableFuture<UtcRange> asked = range.durationMicros() > Window.MAX_MICROS
                ? between(stream, new UtcRange(now, now)).thenApply(found -> whereSomethingIs(range, found))
                : CompletableFuture.completedFuture(range);
        return asked.thenCompose(some ->
                between(stream, some).thenCompose(found -> Futures.of(() -> recorded(stream, some, found, now))));
    }

    private Timeline recorded(StreamKey stream, UtcRange range, Timeline found, long now) throws PlaybackException {
        Timeline timeline = thereIs(stream, range, found, now);
        if (timeline.gaps().stream().anyMatch(gap -> gap.reason() == GapReason.NOT_REACHABLE)) {
            throw hidden(stream, timeline);
        }
        return timeline;
    }

    /** Without the years before the first segment and behind the last, when all servers have answered. */
    private static UtcRange whereSomethingIs(UtcRange range, Timeline present) {
        if (present.span().isEmpty() || !present.unanswered().isEmpty()) {
            return range;
        }
        UtcRange span = present.span().get();
        long from = Math.min(Math.max(range.fromMicros(), span.fromMicros()), range.toMicros());
        return new UtcRange(from, Math.max(from, Math.min(range.toMicros(), span.toMicros())));
    }

    /** Whether a past window has been over for so long that nothing more comes into it. */
    public boolean isOver(Window window, Timeline timeline) {
        return window instanceof Window.Past past
                && nowMicros() >= past.toMicros() + settlingMicros()
                && timeline.unanswered().isEmpty();
    }

    /** What there is between two instants. */
    public CompletableFuture<Timeline> between(StreamKey stream, UtcRange range) {
        return resolver.timeline(stream, range)
                .exceptionallyCompose(failure -> Futures.of(() -> {
                    throw told(Futures.unwrapped(failure));
                }))
                .thenCompose(timeline -> Futures.of(() -> timeline.orElseThrow(() -> new PlaybackException(
                        Kind.UNKNOWN_STREAM, "There is no stream " + Sentences.quote(stream.fullName()) + " here."))));
    }

    /** What a viewer is told of a failure, where that is for viewers. */
    private static Exception told(Throwable cause) {
        if (cause instanceof UnreachableException) {
            return new PlaybackException(Kind.UNREACHABLE, String.valueOf(cause.getMessage()));
        }
        if (cause instanceof TimeoutException) {
            return new PlaybackException(Kind.UNREACHABLE, "Other servers' answer does not come.");
        }
        return new CompletionException(cause);
    }

    /** The takes that a timeline is made of, in order of time. */
    public CompletableFuture<List<Take>> takes(StreamKey stream, Timeline timeline) {
        Set<TakeId> ids = new LinkedHashSet<>();
        Segment previous = null;
        for (Segment segment : timeline.segments()) {
            if (previous == null || !Timeline.follows(segment, previous)) {
                ids.add(segment.take());
            }
            previous = segment;
        }
        return Futures.inTurn(ids, id -> resolver.take(stream, id))
                .thenApply(found -> found.stream().flatMap(Optional::stream).toList());
    }

    /**
     * The init segment of a take; empty when no server has it. No thread waits for other servers: what is here is there at once. Fails with
     * {@link UnreachableException} when a server that does not answer may have it.
     *
     * @param fill a track that the take lacks, put in; empty is given when it has such a track
     */
    public CompletableFuture<Optional<Served>> initSegment(
            StreamKey stream, TakeId take, Part part, Optional<TrackFill> fill) {
        return fill.isEmpty()
                ? resolver.fetchInitSegment(stream, take, part)
                : filled(
                        resolver.fetchInitSegment(stream, take, Part.MUXED),
                        original -> filled.init(original, fill.get(), part));
    }

    /** The bytes of a segment; as {@link #initSegment}. */
    public CompletableFuture<Optional<Served>> segment(
            StreamKey stream, TakeId take, long number, Part part, Optional<TrackFill> fill) {
        return fill.isEmpty()
                ? resolver.fetchSegment(stream, take, number, part)
                : filled(
                        resolver.fetchSegment(stream, take, number, Part.MUXED),
                        original -> filled.segment(original, number, fill.get(), part));
    }

    /** The bytes of a segment with all its tracks, for a file of a long window; as {@link #segment}. */
    public CompletableFuture<Optional<Served>> exported(StreamKey stream, TakeId take, long number) {
        return export.fetchSegment(stream, take, number, Part.MUXED);
    }

    /** Reads what is about to be sent, where it has to be looked at; as {@link MediaBytes#read}. */
    public byte[] read(MediaBytes bytes, long offsetBytes, int lengthBytes) throws IOException {
        return reader.read(bytes, offsetBytes, lengthBytes);
    }

    /** Puts a track into what is recorded. */
    private interface Filling {
        Optional<Served> fill(Served original) throws IOException;
    }

    private static CompletableFuture<Optional<Served>> filled(
            CompletableFuture<Optional<Served>> recorded, Filling filling) {
        return recorded.thenCompose(found -> found.map(served -> served.bytes().whole())
                .orElse(CompletableFuture.completedFuture(null))
                .thenCompose(whole -> Futures.of(() -> found.isEmpty() ? found : filling.fill(found.get()))));
    }

    /**
     * What is given out for an entry that is a hole: for each track a fragment without a sample, but the first picture of the segment before
     * where that can be had. It tells a player where it is and lets it go on: video.js needs the times, GStreamer 1.22 a picture. Players that
     * know EXT-X-GAP do not ask; others stand still for good at a 404.
     *
     * @param take in front of the hole; empty is returned when nobody knows it, or it lacks a track
     * @param startMillis when the entry begins, since the Unix epoch
     * @param before the number of the last segment in front of the hole, if it is known
     */
    public CompletableFuture<Optional<byte[]>> emptySegment(
            StreamKey stream, TakeId take, long startMillis, OptionalLong before, Part part, Optional<TrackFill> fill) {
        CompletableFuture<Optional<byte[]>> picture = before.isEmpty() || part == Part.AUDIO
                ? CompletableFuture.completedFuture(Optional.empty())
                : lastPicture(stream, take, before.getAsLong());
        return picture.thenCombine(
                resolver.take(stream, take),
                (shown, known) -> known.flatMap(tracks -> EmptySegment.of(tracks, startMillis, part, fill, shown)));
    }

    private CompletableFuture<Optional<byte[]>> lastPicture(StreamKey stream, TakeId take, long number) {
        return resolver.fetchSegment(stream, take, number, Part.VIDEO)
                .thenCompose(segment -> Futures.of(() -> segment.isEmpty()
                        ? Optional.<byte[]>empty()
                        : filled.firstPicture(segment.get().bytes())))
                .exceptionally(failure -> Optional.empty()); // It goes on without.
    }

    /** The present, in microseconds since the Unix epoch. */
    public long nowMicros() {
        return clock.millis() * 1_000;
    }

    private CompletableFuture<Integer> ordinal(StreamKey stream, Timeline timeline) {
        return resolver.take(stream, timeline.first().take())
                .thenApply(take -> take.map(Take::ordinal).orElse(0));
    }

    private UtcRange range(StreamKey stream, Window window, long now) throws PlaybackException {
        if (window instanceof Window.Past past) {
            return new UtcRange(past.fromMicros(), past.toMicros());
        }
        if (window instanceof Window.Since since) {
            if (now - since.fromMicros() > Window.MAX_MICROS) {
                throw new PlaybackException(
                        Kind.BAD_REQUEST,
                        "A window may be 7 days long; " + Sentences.instant(since.fromMicros()) + " is further back.");
            }
            return new UtcRange(since.fromMicros(), Math.max(now, since.fromMicros()) + AHEAD_MICROS);
        }
        long ago = window instanceof Window.Rewind rewind
                ? rewind.agoMicros()
                : reach.liveWindow(stream).toMillis() * 1_000;
        return new UtcRange(now - ago, now + AHEAD_MICROS);
    }

    /** The shape of a list that goes on, or did before. */
    private View.Shape shape(StreamKey stream, Window window, Timeline list, long now) {
        if (window.slides()) {
            return View.Shape.SLIDING;
        }
        boolean isComplete =
                window.asked() instanceof Window.Past past ? isComplete(past, list, now) : !mayGrow(list, now);
        if (isComplete || given.hasEnded(stream, window, now)) {
            given.end(stream, window, list);
            return window.losesHead() ? View.Shape.LOSING_HEAD_ENDED : View.Shape.ENDED;
        }
        return window.losesHead() ? View.Shape.LOSING_HEAD : View.Shape.GROWING;
    }

    /** Whether a past window will get no more segments. */
    private boolean isComplete(Window.Past past, Timeline timeline, long now) {
        return !mayGrow(timeline, now)
                || timeline.last().endUtcMicros() >= past.toMicros()
                || now >= past.toMicros() + settlingMicros();
    }

    /**
     * Whether more may come: who does not answer may be getting the stream, an encoder may come back after a pause, and a playlist
     * that has ended stays ended.
     */
    private boolean mayGrow(Timeline timeline, long now) {
        return timeline.live()
                || !timeline.unanswered().isEmpty()
                || now < timeline.last().endUtcMicros() + SILENT_CELLS * grid.periodMicros();
    }

    /** How long after a window's end its last segment may take to be written: it may be two cells long. */
    private long settlingMicros() {
        return 3 * grid.periodMicros();
    }

    private static PlaybackException hidden(StreamKey stream, Timeline timeline) {
        String servers = timeline.unanswered().stream()
                .map(unanswered -> unanswered.server() + " (" + unanswered.why() + ')')
                .collect(Collectors.joining(", "));
        String amount = timeline.isEmpty() ? "nothing" : "not all";
        return new PlaybackException(
                Kind.UNREACHABLE,
                "Of " + Sentences.quote(stream.fullName()) + ' ' + amount + " can be had from "
                        + Sentences.range(timeline.window()) + " while these servers do not answer: " + servers + '.');
    }

    private static PlaybackException nothing(StreamKey stream, UtcRange range, Optional<UtcRange> span) {
        String name = Sentences.quote(stream.fullName());
        String there = span.map(s -> "there is " + Sentences.range(s)).orElse("there is no recording of it yet");
        return new PlaybackException(
                Kind.NOTHING_THERE,
                "Nothing of " + name + " is recorded from " + Sentences.range(range) + "; " + there + '.');
    }
}
