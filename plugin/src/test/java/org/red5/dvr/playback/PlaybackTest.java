package org.red5.dvr.playback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.View.Shape;
import org.red5.dvr.timeline.MemorySource;
import org.red5.dvr.timeline.OwnResolver;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;

class PlaybackTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** 2025-11-22T13:20:00Z. */
    private static final long START = 1_763_817_600;

    private static final TakeId TAKE = TakeId.of(START * 1_000_000, "origin");

    /** Sixty seconds are recorded from {@link #START} on. */
    private final MemorySource source = new MemorySource()
            .add(CAMERA, new Take(TAKE, 7, Optional.empty(), Optional.empty()), MemorySource.run(TAKE, START / 4, 15));

    @Test
    void aPastWindowHoldsTheSegmentsThatIntersectIt() throws Exception {
        View view = view(START + 3_600, "archive-" + (START + 6) + "-8");
        assertEquals(START / 4 + 1, view.timeline().first().number());
        assertEquals(START / 4 + 3, view.timeline().last().number());
        assertEquals(Shape.FINITE, view.shape());
        assertTrue(view.isOver());
    }

    @Test
    void aPastWindowThatReachesIntoThePresentOfALiveStreamGrowsUntilItHasPassed() throws Exception {
        source.live(CAMERA, true);
        String name = "archive-" + (START + 30) + "-60";
        assertEquals(Shape.GROWING, view(START + 60, name).shape());
        // Nothing more comes, as of an encoder that keeps its connection but sends nothing.
        assertEquals(Shape.GROWING, view(START + 101, name).shape());
        assertEquals(Shape.FINITE, view(START + 102, name).shape());
        View complete = view(START + 60, "archive-" + START + "-60");
        assertEquals(Shape.FINITE, complete.shape());
        assertFalse(complete.isOver());
        source.live(CAMERA, false);
        assertEquals(Shape.FINITE, view(START + 60, name).shape());
    }

    @Test
    void aWindowUntilNowGrowsWhileTheStreamIsLive() throws Exception {
        String name = "archive-" + START + "-now";
        assertEquals(Shape.ENDED, view(START + 60, name).shape());
        source.live(CAMERA, true);
        assertEquals(Shape.GROWING, view(START + 60, name).shape());
    }

    @Test
    void slidingWindowsFollowTheClockAndKnowTheTakesBefore() throws Exception {
        View live = view(START + 60, "index");
        assertEquals(Shape.SLIDING, live.shape());
        assertEquals(START / 4 + 10, live.timeline().first().number());
        assertEquals(7, live.takesBefore());
        assertEquals(
                START / 4 + 14, view(START + 65, "rewind-6").timeline().first().number());
    }

    @Test
    void aSlidingWindowKeepsItsLastEntriesUntilNothingIsLeft() throws Exception {
        assertEquals(1, view(START + 79, "index").timeline().segments().size());
        assertEquals(Kind.NOTHING_THERE, refusal(START + 80, "index").kind());
    }

    @Test
    void whatIsNotThereIsExplained() {
        String there = "there is 2025-11-22T13:20:00Z to 2025-11-22T13:21:00Z (Unix seconds 1763817600 to 1763817660)";
        for (String name : List.of("archive-1000-60", "archive-" + (START + 60) + "-60", "archive-1863817600-60")) {
            PlaybackException e = refusal(START + 3_600, name);
            assertEquals(Kind.NOTHING_THERE, e.kind());
            assertTrue(e.getMessage().contains("\"live/camera\""), e.getMessage());
            assertTrue(e.getMessage().contains(there), e.getMessage());
        }
        assertTrue(refusal(START, "archive-1863817600-now").getMessage().contains("in the future"));
    }

    @Test
    void aWindowUntilNowIsAtMostSevenDaysLong() {
        assertEquals(
                Kind.BAD_REQUEST,
                refusal(START + 604_801, "archive-" + START + "-now").kind());
    }

    @Test
    void anUnknownStreamIsRefused() {
        Playback playback = playback(START);
        PlaybackException e = assertThrows(
                PlaybackException.class, () -> playback.view(new StreamKey("live", "no\nbody"), new Window.Live()));
        assertEquals(Kind.UNKNOWN_STREAM, e.kind());
        assertTrue(e.getMessage().contains("\"live/no?body\""), e.getMessage());
    }

    @Test
    void listsStreamsWithTheirSpans() throws Exception {
        source.live(new StreamKey("app", "new"), true);
        List<StreamListing> streams = playback(START).streams();
        assertEquals(
                List.of("app/new", "live/camera"),
                streams.stream().map(s -> s.stream().toString()).toList());
        assertTrue(streams.get(0).live());
        assertTrue(streams.get(0).span().isEmpty());
        assertEquals(60_000_000, streams.get(1).span().orElseThrow().durationMicros());
    }

    private PlaybackException refusal(long now, String name) {
        return assertThrows(PlaybackException.class, () -> view(now, name));
    }

    private View view(long now, String name) throws Exception {
        return playback(now).view(CAMERA, Window.parse(name).orElseThrow());
    }

    private Playback playback(long now) {
        Clock clock = Clock.fixed(Instant.ofEpochSecond(now), ZoneOffset.UTC);
        return new Playback(
                new OwnResolver("origin", source, SegmentGrid.DEFAULT),
                SegmentGrid.DEFAULT,
                stream -> Duration.ofSeconds(20),
                clock);
    }
}
