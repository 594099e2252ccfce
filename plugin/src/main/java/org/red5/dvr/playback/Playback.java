package org.red5.dvr.playback;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.timeline.MediaBytes;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Resolver;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.Served;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/** Answers what can be watched: finds the timeline of a window, and the bytes of its segments. Any thread may call it. */
public final class Playback {
    /** An encoder's clock may run that far ahead of ours before the recorder brings it back. */
    private static final long AHEAD_MICROS = 10_000_000;
    /** A stream that was silent for three target durations, each of two cells, has ended. */
    private static final int SILENT_CELLS = 6;

    /** So far may the clocks of servers and viewers be from each other: of servers whose are further, none answers the other. */
    private static final long CLOCKS_MICROS = 30_000_000;

    private final Resolver resolver;
    private final SegmentGrid grid;
    private final Function<StreamKey, Duration> liveWindow;
    private final Clock clock;
    private final DiscontinuitySequences discontinuities =
            new DiscontinuitySequences(Runtime.getRuntime().maxMemory() / 32, System::nanoTime);
    private final GivenLists given;
    private final TrackFills fills;
    private final FilledSegments filled;

    /**
     * @param resolver answers for all that can be got at
     * @param grid the cluster's grid
     * @param liveWindow how far back a stream's live window reaches
     * @param clock tells what is past and what is future
     */
    public Playback(Resolver resolver, SegmentGrid grid, Function<StreamKey, Duration> liveWindow, Clock clock) {
        this(resolver, grid, liveWindow, clock, MediaBytes::read);
    }

    /** @param reader reads what is about to be sent, where it has to be looked at */
    public Playback(
            Resolver resolver,
            SegmentGrid grid,
            Function<StreamKey, Duration> liveWindow,
            Clock clock,
            ByteReader reader) {
        this.fills = new TrackFills(resolver);
        this.filled = new FilledSegments(reader);
        this.resolver = resolver;
        this.grid = grid;
        this.liveWindow = liveWindow;
        this.clock = clock;
        this.given = new GivenLists(grid);
    }

    /** All streams, in order of application and name. */
    public List<StreamListing> streams() throws IOException {
        return resolver.streams();
    }

    /** A window as it can be watched now, with all tracks. */
    public View view(StreamKey stream, Window window) throws PlaybackException, IOException {
        return view(stream, window, Part.MUXED);
    }

    /**
     * A window as it can be watched now.
     *
     * @param part which tracks its playlist has: all, or the sound alone
     * @throws PlaybackException when the stream is unknown, nothing of it is in the window, or what may be is at servers that do
     *     not answer
     */
    public View view(StreamKey stream, Window window, Part part) throws PlaybackException, IOException {
        long now = nowMicros();
        UtcRange range = range(stream, window, now);
        if (range.fromMicros() > now) {
            throw future(stream, range, now);
        }
        Timeline timeline;
        try {
            timeline = between(stream, range);
        } catch (PlaybackException e) {
            return given(stream, window, range, now, part).orElseThrow(() -> e);
        }
        if (window instanceof Window.Past past
                && !given.wasGiven(stream, past, now)
                && (timeline.isEmpty() || isComplete(past, timeline, now))) {
            boolean isOver = now >= range.toMicros() + settlingMicros()
                    && timeline.unanswered().isEmpty();
            Timeline list = thereIs(stream, range, timeline, now);
            return new View(list, View.Shape.FINITE, grid, 0, isOver, part, fills.of(stream, list, part, false));
        }
        Timeline list = thereIs(stream, range, given.goOn(stream, window, range, timeline, now), now);
        return goingOn(stream, window, list, now, part);
    }

    /** A list as it was given out before, when nobody who answers knows the stream. */
    private Optional<View> given(StreamKey stream, Window window, UtcRange range, long now, Part part)
            throws IOException {
        if (!given.wasGiven(stream, window, now)) {
            return Optional.empty();
        }
        Timeline nothing =
                new Timeline(range, List.of(), List.of(), Set.of(), List.of(), true, Optional.empty(), List.of());
        Timeline list = given.goOn(stream, window, range, nothing, now);
        return list.isEmpty() ? Optional.empty() : Optional.of(goingOn(stream, window, list, now, part));
    }

    private View goingOn(StreamKey stream, Window window, Timeline list, long now, Part part) throws IOException {
        int takesBefore = discontinuities.before(stream, window, list, () -> ordinal(stream, list));
        return new View(
                list,
                shape(stream, window, list, now),
                grid,
                takesBefore,
                false,
                part,
                fills.of(stream, list, part, true));
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
    private PlaybackException future(StreamKey stream, UtcRange range, long now) throws PlaybackException, IOException {
        Timeline present = between(stream, new UtcRange(now, now));
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

    /** What there is between two instants. */
    public Timeline between(StreamKey stream, UtcRange range) throws PlaybackException, IOException {
        try {
            return resolver.timeline(stream, range)
                    .orElseThrow(() -> new PlaybackException(
                            Kind.UNKNOWN_STREAM,
                            "There is no stream " + Sentences.quote(stream.fullName()) + " here."));
        } catch (UnreachableException e) {
            throw new PlaybackException(Kind.UNREACHABLE, String.valueOf(e.getMessage()));
        }
    }

    /** The takes that a timeline is made of, in order of time. */
    public List<Take> takes(StreamKey stream, Timeline timeline) throws IOException {
        Set<TakeId> ids = new LinkedHashSet<>();
        Segment previous = null;
        for (Segment segment : timeline.segments()) {
            if (previous == null || !Timeline.follows(segment, previous)) {
                ids.add(segment.take());
            }
            previous = segment;
        }
        List<Take> takes = new ArrayList<>(ids.size());
        for (TakeId id : ids) {
            resolver.take(stream, id).ifPresent(takes::add);
        }
        return takes;
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

    /** Puts a track into what is recorded. */
    private interface Filling {
        Optional<Served> fill(Served original) throws IOException;
    }

    private static CompletableFuture<Optional<Served>> filled(
            CompletableFuture<Optional<Served>> recorded, Filling filling) {
        return recorded.thenCompose(found -> found.map(served -> served.bytes().whole())
                .orElse(CompletableFuture.completedFuture(null))
                .thenApply(whole -> {
                    try {
                        return found.isEmpty() ? found : filling.fill(found.get());
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                }));
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
    public Optional<byte[]> emptySegment(
            StreamKey stream, TakeId take, long startMillis, OptionalLong before, Part part, Optional<TrackFill> fill)
            throws IOException {
        Optional<byte[]> picture = before.isEmpty() || part == Part.AUDIO
                ? Optional.empty()
                : lastPicture(stream, take, before.getAsLong());
        return resolver.take(stream, take).flatMap(known -> EmptySegment.of(known, startMillis, part, fill, picture));
    }

    private Optional<byte[]> lastPicture(StreamKey stream, TakeId take, long number) throws IOException {
        try {
            Optional<Served> segment = resolver.segment(stream, take, number, Part.VIDEO);
            return segment.isEmpty()
                    ? Optional.empty()
                    : filled.firstPicture(segment.get().bytes());
        } catch (IOException e) {
            return Optional.empty(); // It goes on without.
        }
    }

    /** The present, in microseconds since the Unix epoch. */
    public long nowMicros() {
        return clock.millis() * 1_000;
    }

    private int ordinal(StreamKey stream, Timeline timeline) throws IOException {
        return resolver.take(stream, timeline.first().take()).map(Take::ordinal).orElse(0);
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
                : liveWindow.apply(stream).toMillis() * 1_000;
        return new UtcRange(now - ago, now + AHEAD_MICROS);
    }

    /** The shape of a list that goes on, or did before. */
    private View.Shape shape(StreamKey stream, Window window, Timeline list, long now) {
        if (window.slides()) {
            return View.Shape.SLIDING;
        }
        boolean isComplete = window instanceof Window.Past past ? isComplete(past, list, now) : !mayGrow(list, now);
        if (isComplete || given.hasEnded(stream, window, now)) {
            given.end(stream, window, list);
            return View.Shape.ENDED;
        }
        return View.Shape.GROWING;
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
        return new PlaybackException(
                Kind.UNREACHABLE,
                "Of " + Sentences.quote(stream.fullName()) + " nothing can be had from "
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
