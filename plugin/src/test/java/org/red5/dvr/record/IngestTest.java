package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.fmp4.ParsedFragment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.slf4j.LoggerFactory;

/** From packets to an archive on disk, with a clock of our own. */
class IngestTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final int H264_IDR = 5;
    private static final int H264_SPS = 7;
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    /** The cell that the tests begin in, of 2026-11-22T13:15:00Z. */
    private static final long CELL = 448_838_325L;
    /** The first cell of the next hour. */
    private static final long FULL_HOUR = 448_839_000L;

    private static final int FRAME_MILLIS = 40;

    @TempDir
    Path root;

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final CountingMeter meter = new CountingMeter();
    private LocalArchive archive;
    private Ingest ingest;
    /** Since the start of {@link #CELL}; also the time stamps, less an offset. */
    private int nowMillis;

    private int timestampOffset = 1_000_000;
    private int audioOffset;
    private long wallOffsetMicros;
    private int keyEveryMillis = 2_000;
    private int videoNumber;
    private int audioNumber;
    private boolean sendsVideo = true;
    private boolean sendsAudio = true;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        ingest = newIngest();
        logged.start();
        Logger logger = (Logger) LoggerFactory.getLogger(Ingest.class);
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(logged);
    }

    @AfterEach
    void close() {
        Logger logger = (Logger) LoggerFactory.getLogger(Ingest.class);
        logger.detachAppender(logged);
        logger.setAdditive(true);
        logger.setLevel(null);
        archive.close();
    }

    @Test
    void recordsEveryFrameOnceWhereTheClockSays() throws IOException {
        configure();
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        RecordedStream recorded = recorded();
        assertEquals(List.of("0..4"), recorded.takes(CELL));
        assertEquals(List.of("1280x720 48000"), recorded.tracks());
        assertEquals(List.of("NOT_PUBLISHED"), recorded.reasons());
        assertEquals(upTo(videoNumber), recorded.numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded.numbers(Part.AUDIO));
        for (Segment segment : recorded.segments()) {
            assertEquals(GRID.startUtcMicros(segment.number()), segment.startUtcMicros());
            // Behind the last frame there is the rest of an audio access unit.
            assertEquals(4_000_000, segment.durationMicros(), segment.number() == CELL + 4 ? 22_000.0 : 0);
            assertTrue(segment.independent());
        }
        assertEquals(List.of(), warnings());
    }

    @Test
    void audioHasNoHoleAndKeepsInStepWithVideo() throws IOException {
        configure();
        publishUntil(60_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        RecordedStream recorded = recorded();
        long audioEnd = -1;
        long videoEnd = -1;
        for (Segment segment : recorded.segments()) {
            ParsedFragment video = recorded.fragments(segment, Part.VIDEO).get(0);
            ParsedFragment audio = recorded.fragments(segment, Part.AUDIO).get(0);
            assertTrue(videoEnd < 0 || videoEnd == video.samples().get(0).dtsTicks());
            assertTrue(audioEnd < 0 || audioEnd == audio.samples().get(0).dtsTicks());
            videoEnd = video.endTicks();
            audioEnd = audio.endTicks();
            assertTrue(audio.samples().stream().allMatch(sample -> sample.durationTicks() == 1_024));
            assertEquals(videoEnd / 90_000.0, audioEnd / 48_000.0, 0.045);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, (1L << 24) - 5_000, (1L << 31) - 5_000, (1L << 32) - 5_000, (1L << 32) - 500})
    void timeStampsMayBeginAnywhereAndWrap(long first) throws IOException {
        timestampOffset = (int) first;
        configure();
        publishUntil(12_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..2"), recorded().takes(CELL));
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
    }

    @Test
    void aPublishShorterThanASecondIsRecorded() throws IOException {
        configure();
        publishUntil(400);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(upTo(10), recorded().numbers(Part.VIDEO));
        assertEquals(400_000, recorded().segments().get(0).durationMicros(), 30_000.0);
    }

    @Test
    void aBurstAtTheStartIsNoTime() throws IOException {
        configure();
        nowMillis = 3_000;
        for (int millis = 0; millis < 3_000; millis += FRAME_MILLIS) {
            ingest.packet(new Packet(
                    true,
                    timestampOffset + millis,
                    arrival(3_000),
                    Bodies.video(videoNumber++, millis % keyEveryMillis == 0, 0, 50)));
        }
        sendsAudio = false;
        publishUntil(9_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        long start = recorded().segments().get(0).startUtcMicros() - GRID.startUtcMicros(CELL);
        assertTrue(start >= 0 && start <= 250_000, "three seconds that came at once start " + start + " us late");
        assertEquals(List.of("0..2"), recorded().takes(CELL));
    }

    @Test
    void anotherConfigurationBeginsANewTakeWithItsKeyFrame() throws IOException {
        configure();
        publishUntil(10_000);
        send(true, Bodies.OTHER_VIDEO_CONFIG);
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        RecordedStream recorded = recorded();
        assertEquals(List.of("0..2", "3..5"), recorded.takes(CELL));
        assertEquals(List.of("1280x720 48000", "640x360 48000"), recorded.tracks());
        assertEquals(List.of("CONFIGURATION_CHANGED", "NOT_PUBLISHED"), recorded.reasons());
        assertEquals(arrival(10_000), recorded.segments().get(3).startUtcMicros());
        assertEquals(upTo(videoNumber), recorded.numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded.numbers(Part.AUDIO));
    }

    @Test
    void predictedPicturesOfAnotherCodecAreInNoTakeBeforeItsKeyFrame() throws IOException {
        configure();
        publishUntil(5_000);
        int before = videoNumber;
        send(true, Bodies.HEVC_CONFIG);
        for (int i = 0; i < 50; i++) {
            nowMillis += FRAME_MILLIS;
            send(true, Bodies.hevc(before + i, i >= 10 && i % 25 == 10));
        }
        ingest.end(GapReason.NOT_PUBLISHED);
        List<Integer> expected = new ArrayList<>(upTo(before));
        for (int i = 10; i < 50; i++) {
            expected.add(before + i);
        }
        assertEquals(expected, recorded().numbers(Part.VIDEO));
        assertEquals(List.of("1280x720 48000", "322x182 48000"), recorded().tracks());
    }

    /** Many players read only the first init segment of a playlist; where nothing changes, all is recorded as it was sent. */
    @Test
    void keyFramesBringTheirParameterSetsWhereOtherPicturesWereRecorded() throws IOException {
        for (byte[] config : List.of(
                Bodies.VIDEO_CONFIG, Bodies.VIDEO_CONFIG, Bodies.OTHER_VIDEO_CONFIG, Bodies.OTHER_VIDEO_CONFIG)) {
            send(true, config);
            int until = nowMillis + 8_000;
            publishUntil(until);
            ingest.end(GapReason.NOT_PUBLISHED);
            ingest = newIngest();
        }
        List<String> found = new ArrayList<>();
        for (Segment segment : recorded().segments()) {
            ParsedFragment fragment = recorded().fragments(segment, Part.VIDEO).get(0);
            int unit = fragment.samples().get(0).data()[4] & 0x1f;
            found.add(unit == H264_SPS ? "sets" : unit == H264_IDR ? "bare" : "unit " + unit);
        }
        assertEquals(List.of("bare", "bare", "bare", "bare", "sets", "sets", "sets", "sets"), found);
    }

    @Test
    void theSameConfigurationAgainChangesNothingWhateverItsTimeStamp() throws IOException {
        configure();
        publishUntil(9_000);
        ingest.packet(new Packet(true, 0, arrival(nowMillis), Bodies.VIDEO_CONFIG));
        ingest.packet(new Packet(false, 0, arrival(nowMillis), Bodies.AUDIO_CONFIG));
        publishUntil(16_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..3"), recorded().takes(CELL));
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
    }

    @Test
    void aConfigurationTakenBackBeforeItCountsChangesNothing() throws IOException {
        configure();
        publishUntil(8_400);
        send(true, Bodies.OTHER_VIDEO_CONFIG);
        send(true, Bodies.VIDEO_CONFIG);
        publishUntil(12_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..2"), recorded().takes(CELL));
    }

    @Test
    void anotherAudioConfigurationBeginsANewTakeToo() throws IOException {
        configure();
        publishUntil(9_000);
        send(false, Bodies.OTHER_AUDIO_CONFIG);
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("1280x720 48000", "1280x720 44100"), recorded().tracks());
        assertEquals(
                List.of("CONFIGURATION_CHANGED", "NOT_PUBLISHED"), recorded().reasons());
    }

    @Test
    void audioThatComesBeforeVideoWaitsForIt() throws IOException {
        send(false, Bodies.AUDIO_CONFIG);
        sendsVideo = false;
        publishUntil(600);
        send(true, Bodies.VIDEO_CONFIG);
        sendsVideo = true;
        publishUntil(8_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..1"), recorded().takes(CELL));
        assertEquals(List.of("1280x720 48000"), recorded().tracks());
    }

    @Test
    void videoThatComesLateBeginsANewTake() throws IOException {
        send(false, Bodies.AUDIO_CONFIG);
        sendsVideo = false;
        publishUntil(9_000);
        send(true, Bodies.VIDEO_CONFIG);
        sendsVideo = true;
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("- 48000", "1280x720 48000"), recorded().tracks());
        assertEquals(List.of("0..2", "3..5"), recorded().takes(CELL));
        assertEquals(
                List.of("CONFIGURATION_CHANGED", "NOT_PUBLISHED"), recorded().reasons());
    }

    @Test
    void audioThatComesALittleLateBelongsToTheTake() throws IOException {
        send(true, Bodies.VIDEO_CONFIG);
        sendsAudio = false;
        publishUntil(3_000);
        send(false, Bodies.AUDIO_CONFIG);
        sendsAudio = true;
        publishUntil(12_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..2"), recorded().takes(CELL));
        assertEquals(List.of("1280x720 48000"), recorded().tracks());
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    @Test
    void audioThatComesTooLateBeginsANewTake() throws IOException {
        send(true, Bodies.VIDEO_CONFIG);
        sendsAudio = false;
        publishUntil(9_000);
        send(false, Bodies.AUDIO_CONFIG);
        sendsAudio = true;
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("1280x720 -", "1280x720 48000"), recorded().tracks());
        assertEquals(List.of("0..2", "3..5"), recorded().takes(CELL));
    }

    @Test
    void recordsOneTrackAlone() throws IOException {
        sendsAudio = false;
        send(true, Bodies.VIDEO_CONFIG);
        publishUntil(8_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        sendsAudio = true;
        sendsVideo = false;
        ingest = newIngest();
        send(false, Bodies.AUDIO_CONFIG);
        publishUntil(16_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("1280x720 -", "- 48000"), recorded().tracks());
        assertEquals(List.of("0..1", "2..3"), recorded().takes(CELL));
    }

    @Test
    void anUnsupportedCodecIsNamedOnceAndTheOtherTrackRecorded() throws IOException {
        send(false, Bodies.AUDIO_CONFIG);
        sendsVideo = false;
        for (int i = 0; i < 100; i++) {
            send(true, RealConfigurations.hex("90 76703039 00"));
            publishUntil(nowMillis + 80);
        }
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("live/camera: not recorded: video of enhanced RTMP codec vp09"), warnings());
        assertEquals(List.of("- 48000"), recorded().tracks());
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    @Test
    void whatDiffersEachTimeIsNotReportedForEver() {
        for (int i = 8; i < 2_000; i++) {
            byte[] config = Arrays.copyOf(new byte[] {0x17, 0, 0, 0, 0, 9}, i);
            send(true, config);
        }
        assertTrue(warnings().size() <= 20, warnings().size() + " warnings");
    }

    @Test
    void packetsLostBeforeTheFirstTakeAreAHoleWithItsReason() throws IOException {
        configure();
        nowMillis = 2_040;
        ingest.lost(70, arrival(0));
        publishUntil(3_000);
        ingest.lost(3, arrival(3_000));
        publishUntil(12_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..0", "1..2"), recorded().takes(CELL), "sound of a second in between, and the rest");
        assertEquals(
                List.of("OVERLOADED", "OVERLOADED", "NOT_PUBLISHED"), recorded().reasons());
        assertEquals(arrival(0), recorded().ends().get(0).utcMicros());
    }

    @Test
    void packetsLostEndTheTakeUntilAKeyFrame() throws IOException {
        configure();
        publishUntil(9_000);
        ingest.lost(7, arrival(nowMillis));
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        RecordedStream recorded = recorded();
        assertEquals(List.of("0..2", "3..5"), recorded.takes(CELL));
        assertEquals(List.of("OVERLOADED", "NOT_PUBLISHED"), recorded.reasons());
        assertEquals(upTo(audioNumber), recorded.numbers(Part.AUDIO), "sound goes on while a key frame is waited for");
        assertEquals(videoNumber - 25, recorded.numbers(Part.VIDEO).size());
        assertEquals(List.of("live/camera: 7 packets dropped, the archive's disk does not keep up"), warnings());
    }

    @Test
    void aNewPublishDoesNotUseACellTwice() throws IOException {
        configure();
        publishUntil(5_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        ingest = newIngest();
        timestampOffset = 77;
        configure();
        keyEveryMillis = 200;
        publishUntil(12_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..1", "2..3"), recorded().takes(CELL));
        assertEquals(arrival(5_000), recorded().segments().get(2).startUtcMicros(), 100_000.0);
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    @Test
    void theSixthTakeWithinACellWaitsForTheNextCellAndTheHoleSaysWhy() throws IOException {
        configure();
        keyEveryMillis = 600;
        for (int end = 600; end <= 3_600; end += 600) {
            publishUntil(end);
            send(true, end % 1_200 == 0 ? Bodies.VIDEO_CONFIG : Bodies.OTHER_VIDEO_CONFIG);
        }
        publishUntil(9_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(
                List.of("0..0", "1..1", "2..2", "3..3", "4..4", "5..5"),
                recorded().takes(CELL));
        UtcRange all = new UtcRange(arrival(0), arrival(9_000));
        List<Timeline.Gap> gaps = Timeline.of("test", archive.find(STREAM, all).orElseThrow(), all)
                .gaps();
        assertEquals(
                List.of(GapReason.TOO_MANY_TAKES),
                gaps.stream().map(Timeline.Gap::reason).toList(),
                gaps.toString());
        assertEquals(arrival(3_000), gaps.get(0).range().fromMicros(), 100_000.0);
        assertEquals(arrival(4_000), gaps.get(0).range().toMicros(), 100_000.0);
    }

    @Test
    void aClockThatWasSetBackUsesNoCellTwice() throws IOException {
        configure();
        publishUntil(16_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        ingest = newIngest();
        wallOffsetMicros = -12_000_000;
        configure();
        publishUntil(40_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..3", "4..7"), recorded().takes(CELL));
        assertEquals(List.of(), warnings());
    }

    @Test
    void anArchiveThatIsAheadOfTheClockIsToldOfUntilItIsRecordedAgain() throws IOException {
        wallOffsetMicros = 60_000_000;
        configure();
        publishUntil(8_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("15..16"), recorded().takes(CELL));
        ingest = newIngest();
        wallOffsetMicros = 7_000;
        configure();
        publishUntil(40_000);
        assertEquals(Map.of(STREAM, GapReason.CLOCK_BEHIND), meter.failing);
        assertEquals(
                List.of("live/camera: not recorded until 2026-11-22T13:15:52Z: " + root
                        + " has recordings up to then, made by a clock that was ahead of the present one"),
                warnings());
        TakeEnd told = recorded().ends().get(0);
        assertEquals(GapReason.CLOCK_BEHIND, told.reason());
        assertEquals(arrival(8_000), told.utcMicros(), 2_000_000.0);
        publishUntil(80_000);
        assertEquals(Map.of(), meter.failing);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("15..16", "17..20"), recorded().takes(CELL));
        assertEquals(1, warnings().size(), warnings().toString());
    }

    @Test
    void endingAgainChangesNothing() throws IOException {
        configure();
        publishUntil(5_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        ingest.end(GapReason.SERVER_DOWN);
        assertEquals(List.of("NOT_PUBLISHED"), recorded().reasons());
        newIngest().end(GapReason.NOT_PUBLISHED);
        assertEquals(1, recorded().ends().size());
    }

    /** Some forward, as many real time passed meanwhile as the stamps did not count; others are of an encoder begun anew. */
    @ParameterizedTest
    @ValueSource(ints = {-900_000, -1_500, -500, 700, 2_500, 10_500, 2_000_000_000})
    void timeStampsThatJumpAreCountedOnByTheWallClock(int jumpMillis) throws IOException {
        configure();
        publishUntil(9_000);
        timestampOffset += jumpMillis;
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        RecordedStream recorded = recorded();
        assertEquals(List.of("0..4"), recorded.takes(CELL));
        assertEquals(List.of("NOT_PUBLISHED"), recorded.reasons());
        assertEquals(upTo(videoNumber), recorded.numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded.numbers(Part.AUDIO));
        assertEquals(GRID.startUtcMicros(CELL + 4), recorded.segments().get(4).startUtcMicros(), 60_000.0);
    }

    @ParameterizedTest
    @ValueSource(ints = {-7_200_000, -2_000, 3_000, 7_200_000, Integer.MAX_VALUE})
    void aStrayTimeStampIsPutBetweenItsNeighbours(int strayMillis) throws IOException {
        configure();
        publishUntil(9_000);
        timestampOffset += strayMillis;
        publishUntil(9_001);
        timestampOffset -= strayMillis;
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..4"), recorded().takes(CELL));
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    @Test
    void timeStampsThatStandStillAreSpreadByArrival() throws IOException {
        configure();
        for (int i = 0; i < 500; i++) {
            nowMillis = i * FRAME_MILLIS;
            byte[] body = Bodies.video(videoNumber++, nowMillis % keyEveryMillis == 0, 0, 50);
            ingest.packet(new Packet(true, 0, arrival(nowMillis), body));
        }
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..4"), recorded().takes(CELL));
        assertEquals(upTo(500), recorded().numbers(Part.VIDEO));
        assertEquals(arrival(20_000), recorded().segments().get(4).endUtcMicros(), 500_000.0);
    }

    @ParameterizedTest
    @ValueSource(ints = {11_000, -8_000, 3_600_000, -3_600_000})
    void tracksThatAreStampedFarApartAreBothKept(int apartMillis) throws IOException {
        audioOffset = apartMillis;
        configure();
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..4"), recorded().takes(CELL));
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
        assertAudioIsWithItsVideo();
    }

    @Test
    void tracksThatRunApartAreKeptInStep() throws IOException {
        configure();
        for (int second = 0; second < 120; second++) {
            publishUntil(second * 1_000);
            audioOffset += 90;
        }
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(1, recorded().takes(CELL).size(), recorded().takes(CELL).toString());
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
        assertTrue(logged.list.size() < 10, logged.list.size() + " lines");
    }

    private void assertAudioIsWithItsVideo() throws IOException {
        for (Segment segment : recorded().segments()) {
            ParsedFragment sound = recorded().fragments(segment, Part.AUDIO).get(0);
            assertEquals(segment.startUtcMicros() / 1e6, sound.samples().get(0).dtsTicks() / 48_000.0, 0.2);
        }
    }

    /** Case of an audio device that is changed. */
    @Test
    void anotherAudioConfigurationCostsNeitherTrackAnything() throws IOException {
        keyEveryMillis = 30_000;
        configure();
        publishUntil(13_000);
        send(false, Bodies.OTHER_AUDIO_CONFIG);
        publishUntil(40_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("1280x720 48000", "1280x720 44100"), recorded().tracks());
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    @Test
    void pictureThatComesLateJoinsSoundOfWhichNothingIsWrittenYet() throws IOException {
        send(false, Bodies.AUDIO_CONFIG);
        sendsVideo = false;
        nowMillis = 3_000;
        publishUntil(5_000);
        send(true, Bodies.VIDEO_CONFIG);
        sendsVideo = true;
        publishUntil(20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("1280x720 48000"), recorded().tracks());
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    @Test
    void theFirstPictureIsShownFromTheBeginningOfItsTakeOn() throws IOException {
        configure();
        sendsVideo = false;
        publishUntil(1_500);
        sendsVideo = true;
        publishUntil(12_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        Segment first = recorded().segments().get(0);
        List<ParsedFragment.ParsedSample> samples =
                recorded().fragments(first, Part.VIDEO).get(0).samples();
        assertFalse(Bodies.isSent(samples.get(0).data()));
        assertEquals(first.startUtcMicros() / 1_000, samples.get(0).dtsTicks() / 90);
        assertEquals(12, Bodies.numberIn(samples.get(1).data()), "the first key frame");
        assertEquals(GRID.startUtcMicros(CELL) / 1_000 + 2_000, samples.get(1).dtsTicks() / 90);
        assertTrue(first.independent());
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    @Test
    void theFirstPictureIsShownInAFirstSegmentThatEndsWithIt() throws IOException {
        configure();
        sendsVideo = false;
        publishUntil(3_500);
        sendsVideo = true;
        publishUntil(12_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        Segment first = recorded().segments().get(0);
        assertEquals(4_000_000, first.durationMicros(), 1_000.0);
        List<ParsedFragment.ParsedSample> samples =
                recorded().fragments(first, Part.VIDEO).get(0).samples();
        assertEquals(1, samples.size());
        assertFalse(Bodies.isSent(samples.get(0).data()));
        assertTrue(first.independent());
        assertTrue(recorded().segments().get(1).independent());
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
    }

    /** An encoder corrects what it said at first. */
    @Test
    void aConfigurationChangedBeforeItsTrackBeginsChangesTheTake() throws IOException {
        configure();
        send(false, Bodies.audio(audioNumber++));
        send(true, Bodies.OTHER_VIDEO_CONFIG);
        publishUntil(5_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("640x360 48000"), recorded().tracks());
    }

    @Test
    void soundIsRecordedWhilePicturesAreMissing() throws IOException {
        configure();
        sendsVideo = false;
        publishUntil(15_000);
        sendsVideo = true;
        publishUntil(24_000);
        sendsVideo = false;
        publishUntil(30_000);
        nowMillis = 42_000;
        publishUntil(60_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(upTo(audioNumber), recorded().numbers(Part.AUDIO));
        assertEquals(List.of("NOT_PUBLISHED", "NOT_PUBLISHED"), recorded().reasons());
    }

    @ParameterizedTest
    @ValueSource(ints = {5_000, 10_000, 60_000})
    void stillPicturesAreOneTake(int everyMillis) throws IOException {
        send(true, Bodies.VIDEO_CONFIG);
        for (int i = 0; i < 8; i++) {
            nowMillis = i * everyMillis;
            send(true, Bodies.video(videoNumber++, true, 0, 50));
        }
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(upTo(8), recorded().numbers(Part.VIDEO));
        assertEquals(1, recorded().takes(CELL).size());
        assertEquals(List.of("NOT_PUBLISHED"), recorded().reasons());
    }

    @Test
    void aPauseLongerThanACellEndsTheTake() throws IOException {
        configure();
        publishUntil(8_000);
        nowMillis = 17_000;
        publishUntil(24_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..1", "4..5"), recorded().takes(CELL));
        assertEquals(List.of("NOT_PUBLISHED", "NOT_PUBLISHED"), recorded().reasons());
    }

    @Test
    void aWildCompositionTimeTakesNoCellsOfTheFuture() throws IOException {
        configure();
        publishUntil(2_000);
        send(true, Bodies.video(9_999, true, 8_000_000, 10));
        send(true, Bodies.video(9_999, false, -8_000_000, 10));
        publishUntil(8_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("0..1"), recorded().takes(CELL));
        assertEquals(upTo(videoNumber), recorded().numbers(Part.VIDEO));
        assertEquals(1, warnings().size());
    }

    @Test
    void aDiskThatRefusesIsTriedAgainLater() throws IOException {
        Path inTheWay = root.resolve("live");
        Files.writeString(inTheWay, "a file where a directory should be");
        configure();
        publishUntil(13_000);
        assertEquals(1, warnings().size(), warnings().toString());
        publishUntil(21_000);
        assertEquals(1, warnings().size(), "said once, however often it is tried");
        assertEquals(List.of("DISK_ERROR"), recorded().reasons());
        assertEquals(arrival(0), recorded().ends().get(0).utcMicros(), 300_000.0);
        Files.delete(inTheWay);
        publishUntil(40_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("5..9"), recorded().takes(CELL));
        assertEquals(List.of("DISK_ERROR", "NOT_PUBLISHED"), recorded().reasons());
        assertEquals(1, warnings().size(), warnings().toString());
    }

    @Test
    void anHourThatCannotBeBegunIsAHoleWithItsReason() throws IOException {
        nowMillis = (int) (FULL_HOUR - 2 - CELL) * 4_000;
        configure();
        publishUntil(nowMillis + 7_000);
        Path hour = root.resolve("live/camera/2026/11/22/14");
        Files.createDirectories(hour.getParent());
        Files.writeString(hour, "a file where a directory should be");
        publishUntil(nowMillis + 7_000);
        assertEquals(1, warnings().size(), warnings().toString());
        assertEquals(List.of("DISK_ERROR"), recorded().reasons());
        Files.delete(hour);
        publishUntil(nowMillis + 20_000);
        ingest.end(GapReason.NOT_PUBLISHED);
        assertEquals(List.of("-2..-1", "1..6"), recorded().takes(FULL_HOUR));
        assertEquals(List.of("DISK_ERROR", "NOT_PUBLISHED"), recorded().reasons());
    }

    @Test
    void anyPacketsAreRecordedOrReported() throws IOException {
        Random random = new Random(20261122);
        configure();
        keyEveryMillis = 400;
        for (int round = 0; round < 1_500; round++) {
            byte[] body = new byte[random.nextInt(60)];
            random.nextBytes(body);
            if (body.length > 2) {
                body[0] = (byte) (random.nextBoolean() ? random.nextBoolean() ? 0x17 : 0x27 : 0xaf);
                body[1] = (byte) (random.nextInt(8) == 0 ? 0 : 1);
            }
            int timestamp =
                    timestampOffset + nowMillis + (random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(3_000));
            ingest.packet(new Packet(random.nextBoolean(), timestamp, arrival(nowMillis), body));
            if (random.nextInt(20) == 0) {
                send(random.nextBoolean(), random.nextBoolean() ? Bodies.VIDEO_CONFIG : Bodies.AUDIO_CONFIG);
            }
            if (random.nextInt(300) == 0) {
                ingest.lost(1, arrival(nowMillis));
            }
            publishUntil(nowMillis + random.nextInt(300));
        }
        ingest.end(GapReason.NOT_PUBLISHED);
        assertTrue(recorded().segments().size() > 20, recorded().takes(CELL).toString());
    }

    private void configure() {
        send(true, Bodies.VIDEO_CONFIG);
        send(false, Bodies.AUDIO_CONFIG);
    }

    private void send(boolean video, byte[] body) {
        int timestamp = timestampOffset + nowMillis + (video ? 0 : audioOffset);
        ingest.packet(new Packet(video, timestamp, arrival(nowMillis), body));
    }

    /** Sends what an encoder sends from now until then, by time: a frame every 40 ms and audio. */
    private void publishUntil(int untilMillis) {
        for (; nowMillis < untilMillis; nowMillis++) {
            if (sendsVideo && nowMillis % FRAME_MILLIS == 0) {
                send(true, Bodies.video(videoNumber++, nowMillis % keyEveryMillis == 0, 0, 50));
            }
            boolean isDue = nowMillis * 48L / 1_024 != (nowMillis - 1) * 48L / 1_024 || nowMillis == 0;
            if (sendsAudio && isDue) {
                send(false, Bodies.audio(audioNumber++));
            }
        }
    }

    private long arrival(int millis) {
        return GRID.startUtcMicros(CELL) + millis * 1_000L + wallOffsetMicros;
    }

    private Ingest newIngest() {
        return new Ingest(STREAM, GRID, new ToArchive(archive, root, STREAM), meter);
    }

    private RecordedStream recorded() throws IOException {
        return new RecordedStream(archive, STREAM);
    }

    private List<String> warnings() {
        return logged.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static List<Integer> upTo(int count) {
        return new ArrayList<>(IntStream.range(0, count).boxed().toList());
    }
}
