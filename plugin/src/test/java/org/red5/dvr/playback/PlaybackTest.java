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
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.View.Shape;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.store.OwnResolver;
import org.red5.dvr.time.SettableClock;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.util.Answered;

class PlaybackTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** 2025-11-22T13:20:00Z. */
    private static final long START = 1_763_817_600;

    private static final TakeId TAKE = TakeId.of(START * 1_000_000, "origin");
    private static final Take RECORDED = new Take(TAKE, 7, Optional.empty(), Optional.empty());

    private static final Optional<Take.Video> PICTURE = Optional.of(new Take.Video("avc1.64001f", 1280, 720));

    /** Sixty seconds are recorded from {@link #START} on. */
    private final MemorySource source = new MemorySource().add(CAMERA, RECORDED, MemorySource.run(TAKE, START / 4, 15));

    private final SettableClock clock = new SettableClock();
    private Duration window = Duration.ofSeconds(20);
    /** For viewers as time goes on. */
    private final Playback playback = playback(clock);

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
    }

    @Test
    void whatGrowsEndsWhenTheStreamWasSilentForThreeTargetDurations() throws Exception {
        for (String name : List.of("archive-" + START + "-now", "archive-" + (START + 30) + "-600")) {
            source.live(CAMERA, true);
            assertEquals(Shape.GROWING, view(START + 100, name).shape());
            source.live(CAMERA, false);
            assertEquals(Shape.GROWING, view(START + 83, name).shape());
            assertEquals(
                    name.endsWith("-now") ? Shape.ENDED : Shape.FINITE,
                    view(START + 84, name).shape());
        }
    }

    /** The same viewer all the time: a window that has grown keeps its type, and what has ended stays ended. */
    @ParameterizedTest
    @ValueSource(strings = {"archive-" + START + "-now", "archive-" + START + "-600"})
    void aPlaylistThatHasEndedStaysAsItIs(String name) throws Exception {
        Window list = Window.parse(name).orElseThrow();
        source.live(CAMERA, true);
        clock.millis = 1_000 * (START + 60);
        assertEquals(
                Shape.GROWING, Answered.playback(playback.view(CAMERA, list)).shape());
        source.live(CAMERA, false);
        clock.millis = 1_000 * (START + 90);
        assertEquals(Shape.ENDED, Answered.playback(playback.view(CAMERA, list)).shape());
        source.live(CAMERA, true);
        source.add(CAMERA, RECORDED, MemorySource.run(TAKE, START / 4 + 25, 2));
        clock.millis = 1_000 * (START + 110);
        View after = Answered.playback(playback.view(CAMERA, list));
        assertEquals(Shape.ENDED, after.shape());
        assertEquals(START / 4 + 14, after.timeline().last().number());
    }

    @Test
    void whatAListHasDroppedOrGivenOutStaysSoWhoeverAnswers() throws Exception {
        source.live(CAMERA, true);
        clock.millis = 1_000 * (START + 60);
        Window live = new Window.Live();
        Timeline before = Answered.playback(playback.view(CAMERA, live)).timeline();
        assertEquals(START / 4 + 10, before.first().number());
        // The configured window becomes longer: what was dropped stays so.
        window = Duration.ofSeconds(50);
        assertEquals(
                before.segments(),
                Answered.playback(playback.view(CAMERA, live)).timeline().segments());
        // Nobody answers who knows the stream; then it comes from a server that has cut it otherwise.
        source.remove(CAMERA);
        assertEquals(
                before.segments(),
                Answered.playback(playback.view(CAMERA, live)).timeline().segments());
        TakeId take = TakeId.of(START * 1_000_000, "other");
        Take cut = new Take(take, 0, Optional.empty(), Optional.empty());
        source.add(CAMERA, cut, MemorySource.run(take, START / 4, 16));
        clock.millis = 1_000 * (START + 64);
        List<Segment> after =
                Answered.playback(playback.view(CAMERA, live)).timeline().segments();
        assertEquals(before.segments(), after.subList(0, 5));
        assertEquals(
                List.of(take),
                after.subList(5, after.size()).stream().map(Segment::take).toList());
        // A hole that was given out stays one, and another list shows the same.
        source.add(CAMERA, cut, MemorySource.run(take, START / 4 + 18, 1));
        clock.millis = 1_000 * (START + 76);
        Answered.playback(playback.view(CAMERA, live));
        source.add(CAMERA, cut, MemorySource.run(take, START / 4 + 16, 2));
        List<Segment> holed = Answered.playback(playback.view(CAMERA, new Window.Rewind(30_000_000)))
                .timeline()
                .segments();
        assertEquals(START / 4 + 18, holed.get(holed.size() - 1).number());
        assertEquals(START / 4 + 15, holed.get(holed.size() - 2).number());
        // A finite window has it all, and after a pause that is longer than the lists so have they.
        assertEquals(
                19,
                view(START + 3_600, "archive-" + START + "-100")
                        .timeline()
                        .segments()
                        .size());
        clock.millis = 1_000 * (START + 76 + 200);
        window = Duration.ofSeconds(300);
        assertEquals(
                19,
                Answered.playback(playback.view(CAMERA, live))
                        .timeline()
                        .segments()
                        .size());
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
                PlaybackException.class,
                () -> Answered.playback(playback.view(new StreamKey("live", "no\nbody"), new Window.Live())));
        assertEquals(Kind.UNKNOWN_STREAM, e.kind());
        assertTrue(e.getMessage().contains("\"live/no?body\""), e.getMessage());
    }

    @Test
    void whatIsPutIntoTakesIsLikeTheFirstThatHasTheTrackAndStaysSoInAListThatGoesOn() throws Exception {
        TakeId silent = TakeId.of((START + 60) * 1_000_000, "origin");
        source.add(CAMERA, new Take(silent, 8, PICTURE, Optional.empty()), silent(silent, START / 4 + 15, 5))
                .live(CAMERA, true);
        clock.millis = 1_000 * (START + 80);
        assertEquals(Map.of(silent, "aac-48000-2"), fills(Answered.playback(playback.view(CAMERA, new Window.Live()))));
        TakeId heard = TakeId.of((START + 80) * 1_000_000, "origin");
        Take.Audio mono = new Take.Audio("mp4a.40.2", 44_100, 1);
        source.add(CAMERA, new Take(heard, 9, PICTURE, Optional.of(mono)), MemorySource.run(heard, START / 4 + 20, 2));
        clock.millis = 1_000 * (START + 88);
        assertEquals(Map.of(silent, "aac-48000-2"), fills(Answered.playback(playback.view(CAMERA, new Window.Live()))));
        String archive = "archive-" + (START + 60) + "-28";
        assertEquals(Map.of(silent, "aac-44100-1"), fills(view(START + 3_600, archive)));
        assertEquals(
                Map.of(silent, "aac-44100-1"),
                fills(Answered.playback(playback(START + 3_600)
                        .view(CAMERA, Window.parse(archive).orElseThrow(), Part.AUDIO))));
    }

    @Test
    void aBlackPictureIsPutInFrontOfSoundUnlessTheListIsOfSound() throws Exception {
        TakeId take = TakeId.of((START + 60) * 1_000_000, "origin");
        Take.Audio stereo = new Take.Audio("mp4a.40.2", 44_100, 2);
        List<Segment> sound = silent(take, START / 4 + 15, 5).stream()
                .map(s -> new Segment(take, s.number(), s.startUtcMicros(), s.durationMicros(), 0, 900, true))
                .toList();
        source.add(CAMERA, new Take(take, 8, Optional.empty(), Optional.of(stereo)), sound);
        Window window = Window.parse("archive-" + (START + 60) + "-20").orElseThrow();
        assertEquals(
                Map.of(take, "avc1-44100"),
                fills(Answered.playback(playback(START + 3_600).view(CAMERA, window))));
        assertEquals(Map.of(), fills(Answered.playback(playback(START + 3_600).view(CAMERA, window, Part.AUDIO))));
    }

    private static Map<TakeId, String> fills(View view) {
        return view.fills().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, fill -> fill.getValue().name()));
    }

    private static List<Segment> silent(TakeId take, long firstNumber, int count) {
        return MemorySource.run(take, firstNumber, count).stream()
                .map(s -> new Segment(take, s.number(), s.startUtcMicros(), s.durationMicros(), 900, 0, true))
                .toList();
    }

    @Test
    void listsStreamsWithTheirSpans() throws Exception {
        source.live(new StreamKey("app", "new"), true);
        List<StreamListing> streams = Answered.by(playback(START).streams());
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
        return Answered.playback(playback(now).view(CAMERA, Window.parse(name).orElseThrow()));
    }

    private Playback playback(long now) {
        return playback(Clock.fixed(Instant.ofEpochSecond(now), ZoneOffset.UTC));
    }

    private Playback playback(Clock clock) {
        return new Playback(
                new OwnResolver("origin", source, SegmentGrid.DEFAULT), SegmentGrid.DEFAULT, stream -> window, clock);
    }
}
