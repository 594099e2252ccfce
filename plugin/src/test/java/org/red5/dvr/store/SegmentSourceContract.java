package org.red5.dvr.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/**
 * What every {@link SegmentSource} answers, wherever its segments come from. A subclass makes a source over an archive
 * that this class has recorded: the archive itself, another one on the same directory, a server in front of it.
 */
public abstract class SegmentSourceContract {
    protected static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    protected static final StreamKey CAMERA = new StreamKey("live", "camera");
    protected static final StreamKey CRASHED = new StreamKey("live", "room/a b/../50% \u00e9");
    private static final long HOUR = 3_600_000_000L;
    /** 2026-11-22T14:00:00Z. */
    private static final long TWO_O_CLOCK = 498_710L * HOUR;

    @TempDir
    Path root;

    /** With all tracks, from the last minute of one hour into the next. */
    private final TestTake acrossHours = take(TWO_O_CLOCK - 42_000_000, 1_234_567, 15, Tracks.BOTH);

    private final TestTake videoOnly = take(TWO_O_CLOCK + 300_000_000, 0, 3, Tracks.VIDEO);
    /** In the cell after the one before it. */
    private final TestTake audioOnly = take(TWO_O_CLOCK + 312_000_000, 800_000, 2, Tracks.AUDIO);

    private final TestTake nextDay = take(TWO_O_CLOCK + 24 * HOUR, 3_900_000, 4, Tracks.BOTH);
    /** Its server went down before it could say how the take ended. */
    private final TestTake crashed = take(TWO_O_CLOCK - 100 * HOUR, 0, 2, Tracks.BOTH);

    private final Map<TestTake, GapReason> ended = new LinkedHashMap<>();
    private LocalArchive archive;
    private SegmentSource source;

    /**
     * A source with what was recorded.
     *
     * @param archive with which it was recorded; still open
     * @param directory where it was recorded
     */
    protected abstract SegmentSource source(LocalArchive archive, Path directory) throws IOException;

    /** Whether the source sees that {@link #CRASHED} was not ended, as one that is still being recorded. */
    protected abstract boolean seesRecording();

    @BeforeEach
    void record() throws IOException {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        ended.put(acrossHours, GapReason.NOT_PUBLISHED);
        ended.put(videoOnly, GapReason.CONFIGURATION_CHANGED);
        ended.put(audioOnly, GapReason.OVERLOADED);
        ended.put(nextDay, GapReason.TIMESTAMP_JUMP);
        for (Map.Entry<TestTake, GapReason> take : ended.entrySet()) {
            TakeWriter writer = take.getKey().write(archive, CAMERA);
            writer.end(take.getValue());
        }
        crashed.write(archive, CRASHED);
        source = source(archive, root);
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Test
    void namesItsStreamsInOrder() throws IOException {
        assertEquals(List.of(CAMERA, CRASHED), source.streams());
    }

    @Test
    void findsAllThereIs() throws IOException {
        List<TakeEnd> ends = new ArrayList<>();
        ended.forEach((take, reason) -> ends.add(new TakeEnd(take.id(), take.endUtcMicros(), reason)));
        Holdings holdings = find(CAMERA, new UtcRange(0, TWO_O_CLOCK * 2));
        assertEquals(allSegments(), holdings.segments());
        assertEquals(ends, holdings.ends());
        assertEquals(cameraSpan(), holdings.span());
        assertFalse(holdings.live());
    }

    @Test
    void findsWhatIntersectsAnyWindow() throws IOException {
        Random random = new Random(20261122);
        List<Long> instants = new ArrayList<>();
        for (Segment segment : allSegments()) {
            instants.add(segment.startUtcMicros());
            instants.add(segment.endUtcMicros());
        }
        for (int round = 0; round < 200; round++) {
            long from = instants.get(random.nextInt(instants.size())) + around(random);
            long to = random.nextBoolean()
                    ? from + random.nextInt(60_000_000)
                    : Math.max(from, instants.get(random.nextInt(instants.size())) + around(random));
            assertWindow(new UtcRange(from, to));
        }
    }

    @Test
    void aWindowIsHalfOpen() throws IOException {
        Segment second = acrossHours.segments().get(1);
        assertWindow(new UtcRange(second.startUtcMicros(), second.endUtcMicros()));
        assertEquals(
                List.of(second),
                find(CAMERA, new UtcRange(second.startUtcMicros(), second.endUtcMicros()))
                        .segments());
        assertEquals(
                3,
                find(CAMERA, new UtcRange(second.startUtcMicros() - 1, second.endUtcMicros() + 1))
                        .segments()
                        .size());
    }

    @Test
    void windowsOutsideItsSpanHoldNothing() throws IOException {
        Holdings before = find(CAMERA, new UtcRange(0, acrossHours.startUtcMicros()));
        assertEquals(new Holdings(List.of(), List.of(), false, cameraSpan()), before);
        UtcRange later = new UtcRange(nextDay.endUtcMicros() + HOUR, nextDay.endUtcMicros() + 2 * HOUR);
        TakeEnd last = new TakeEnd(nextDay.id(), nextDay.endUtcMicros(), GapReason.TIMESTAMP_JUMP);
        assertEquals(new Holdings(List.of(), List.of(last), false, cameraSpan()), find(CAMERA, later));
    }

    @Test
    void aTakeThatWasNotEndedIsBeingRecordedOrWasCutOff() throws IOException {
        Holdings holdings = find(CRASHED, new UtcRange(crashed.startUtcMicros(), crashed.endUtcMicros()));
        assertEquals(crashed.segments(), holdings.segments());
        assertEquals(seesRecording(), holdings.live());
        TakeEnd cut = new TakeEnd(crashed.id(), crashed.endUtcMicros(), GapReason.SERVER_DOWN);
        assertEquals(seesRecording() ? List.of() : List.of(cut), holdings.ends());
    }

    @Test
    void describesTakes() throws IOException {
        Optional<Take.Video> video = Optional.of(new Take.Video("avc1.64001f", 1_280, 720));
        Optional<Take.Audio> audio = Optional.of(new Take.Audio("mp4a.40.2", 48_000, 2));
        assertEquals(Optional.of(new Take(acrossHours.id(), 0, video, audio)), source.take(CAMERA, acrossHours.id()));
        assertEquals(
                Optional.of(new Take(videoOnly.id(), 1, video, Optional.empty())), source.take(CAMERA, videoOnly.id()));
        assertEquals(
                Optional.of(new Take(audioOnly.id(), 2, Optional.empty(), audio)), source.take(CAMERA, audioOnly.id()));
        assertEquals(Optional.of(new Take(nextDay.id(), 3, video, audio)), source.take(CAMERA, nextDay.id()));
        assertEquals(Optional.of(new Take(crashed.id(), 0, video, audio)), source.take(CRASHED, crashed.id()));
    }

    @Test
    void givesInitSegmentsByPart() throws Exception {
        for (TestTake take : ended.keySet()) {
            InitSegment init = take.init();
            assertArrayEquals(init.toBytes(), initBytes(take, Part.MUXED).orElseThrow());
            Optional<byte[]> video = initBytes(take, Part.VIDEO);
            Optional<byte[]> audio = initBytes(take, Part.AUDIO);
            assertEquals(init.video().isPresent(), video.isPresent());
            assertEquals(init.audio().isPresent(), audio.isPresent());
            if (video.isPresent()) {
                assertEquals(new InitSegment(init.video(), Optional.empty()), InitSegmentReader.parse(video.get()));
            }
            if (audio.isPresent()) {
                assertEquals(new InitSegment(Optional.empty(), init.audio()), InitSegmentReader.parse(audio.get()));
            }
        }
    }

    @Test
    void givesTheBytesOfEverySegmentByPart() throws IOException {
        for (TestTake take : ended.keySet()) {
            for (SegmentContent content : take.contents()) {
                assertPart(TestTake.muxedBytes(content), take, content, Part.MUXED);
                assertPart(TestTake.videoBytes(content), take, content, Part.VIDEO);
                assertPart(TestTake.audioBytes(content), take, content, Part.AUDIO);
            }
        }
    }

    @Test
    void hasNothingOfWhatItDoesNotKnow() throws IOException {
        long number = acrossHours.contents().get(0).number();
        for (StreamKey stream : List.of(
                new StreamKey("live", "Camera"),
                new StreamKey("live", "camera/"),
                new StreamKey("live", "../live/camera"),
                new StreamKey("other", "camera"),
                new StreamKey("..", ".."),
                new StreamKey("live", "x".repeat(200)))) {
            assertEquals(Optional.empty(), source.find(stream, new UtcRange(0, TWO_O_CLOCK * 2)), stream.toString());
            assertEquals(Optional.empty(), source.take(stream, acrossHours.id()));
            assertEquals(Optional.empty(), source.initSegment(stream, acrossHours.id(), Part.MUXED));
            assertEquals(Optional.empty(), source.segment(stream, acrossHours.id(), number, Part.MUXED));
        }
        for (String unknown : List.of(
                "20261122T135919234Z-test",
                "20261122T135919234Z-other",
                "19700101T000000000Z-x",
                "99991231T235959999Z-x")) {
            TakeId take = new TakeId(unknown);
            assertEquals(Optional.empty(), source.take(CAMERA, take));
            assertEquals(Optional.empty(), source.initSegment(CAMERA, take, Part.VIDEO));
            assertEquals(Optional.empty(), source.segment(CAMERA, take, number, Part.MUXED));
        }
    }

    @Test
    void hasNoNumbersBesideATakes() throws IOException {
        long first = acrossHours.contents().get(0).number();
        for (long number : new long[] {first - 1, first + 15, 0, -1, Integer.MAX_VALUE, 1L << 40, -(1L << 40)}) {
            assertEquals(Optional.empty(), source.segment(CAMERA, acrossHours.id(), number, Part.MUXED), "" + number);
        }
        long other = videoOnly.contents().get(0).number();
        assertEquals(Optional.empty(), source.segment(CAMERA, acrossHours.id(), other, Part.MUXED));
        assertEquals(Optional.empty(), source.segment(CRASHED, acrossHours.id(), first, Part.MUXED));
    }

    /** The bytes, read the way they are sent to a client. */
    public static byte[] read(MediaBytes media) throws IOException {
        if (media instanceof MediaBytes.InMemory memory) {
            return memory.bytes();
        }
        MediaBytes.FileRegion region = (MediaBytes.FileRegion) media;
        byte[] bytes = new byte[Math.toIntExact(region.lengthBytes())];
        try (RandomAccessFile file = new RandomAccessFile(region.file().toFile(), "r")) {
            file.seek(region.offsetBytes());
            file.readFully(bytes);
        }
        return bytes;
    }

    private void assertWindow(UtcRange window) throws IOException {
        Holdings holdings = find(CAMERA, window);
        assertEquals(
                allSegments().stream()
                        .filter(segment -> window.intersects(segment.startUtcMicros(), segment.endUtcMicros()))
                        .toList(),
                holdings.segments(),
                window.toString());
        assertEquals(cameraSpan(), holdings.span());
        assertEnds(window, holdings);
    }

    /** All ends in the window, and before them, at least where the window begins in a hole, the last one before it. */
    private void assertEnds(UtcRange window, Holdings holdings) {
        List<TakeEnd> inside = new ArrayList<>();
        List<TakeEnd> before = new ArrayList<>();
        ended.forEach((take, reason) -> {
            TakeEnd end = new TakeEnd(take.id(), take.endUtcMicros(), reason);
            if (end.utcMicros() < window.fromMicros()) {
                before.add(end);
            } else if (end.utcMicros() <= window.toMicros()) {
                inside.add(end);
            }
        });
        List<TakeEnd> withLast = new ArrayList<>(inside);
        before.stream().max(Comparator.comparingLong(TakeEnd::utcMicros)).ifPresent(end -> withLast.add(0, end));
        boolean beginsInHole =
                holdings.segments().stream().noneMatch(segment -> segment.startUtcMicros() <= window.fromMicros())
                        && inside.stream().noneMatch(end -> end.utcMicros() == window.fromMicros());
        assertTrue(
                holdings.ends().equals(withLast)
                        || (!beginsInHole && holdings.ends().equals(inside)),
                () -> window + ": " + holdings.ends() + ", not " + withLast);
    }

    private Holdings find(StreamKey stream, UtcRange window) throws IOException {
        return source.find(stream, window).orElseThrow();
    }

    private Optional<byte[]> initBytes(TestTake take, Part part) throws IOException {
        Optional<MediaBytes> media = source.initSegment(CAMERA, take.id(), part);
        return media.isPresent() ? Optional.of(read(media.get())) : Optional.empty();
    }

    private void assertPart(byte[] expected, TestTake take, SegmentContent content, Part part) throws IOException {
        Optional<MediaBytes> media = source.segment(CAMERA, take.id(), content.number(), part);
        String what = take.id() + "/" + content.number() + " " + part;
        assertEquals(expected.length > 0, media.isPresent(), what);
        if (media.isPresent()) {
            assertEquals(expected.length, media.get().lengthBytes(), what);
            assertArrayEquals(expected, read(media.get()), what);
        }
    }

    private List<Segment> allSegments() {
        return ended.keySet().stream().flatMap(take -> take.segments().stream()).toList();
    }

    private Optional<UtcRange> cameraSpan() {
        return Optional.of(new UtcRange(acrossHours.startUtcMicros(), nextDay.endUtcMicros()));
    }

    private static int around(Random random) {
        return random.nextInt(3) == 0 ? random.nextInt(3) - 1 : random.nextInt(20_000_000) - 10_000_000;
    }

    private static TestTake take(long cellStartMicros, long lateMicros, int segments, Tracks tracks) {
        return TestTake.of(GRID, GRID.numberAt(cellStartMicros), lateMicros, segments, tracks);
    }
}
