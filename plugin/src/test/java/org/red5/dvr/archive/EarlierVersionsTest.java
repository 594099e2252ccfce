package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.retention.ArchiveLocks;
import org.red5.dvr.archive.retention.Disks;
import org.red5.dvr.archive.retention.Expiry;
import org.red5.dvr.archive.retention.RetentionRule;
import org.red5.dvr.store.SegmentSourceContract;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UtcRange;

/**
 * Archives that earlier versions of this software wrote, kept as they were: a take of four segments, the first of which is in one hour
 * and the rest in the next. They play, heal and expire, and nothing that is right in them is rewritten.
 */
class EarlierVersionsTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final UtcRange EVER = new UtcRange(0, Long.MAX_VALUE / 4);
    private static final long FIRST = 448_838_999L;

    @TempDir
    Path folder;

    private Path copyOf(String version) throws IOException, URISyntaxException {
        Path kept =
                Path.of(Objects.requireNonNull(getClass().getResource(version)).toURI());
        Path copy = folder.resolve(version);
        try (Stream<Path> files = Files.walk(kept)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(kept.relativize(file).toString()));
            }
        }
        return copy;
    }

    private static LocalArchive open(Path root) {
        return new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT);
    }

    private static TestTake take(long lateMicros) {
        return TestTake.of(SegmentGrid.DEFAULT, FIRST, lateMicros, 4, Tracks.BOTH);
    }

    private static Map<Path, byte[]> files(Path root) throws IOException {
        Map<Path, byte[]> files = new HashMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(".dvr-lock"))
                    .toList()) {
                files.put(file, Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static byte[] bytes(LocalArchive archive, Segment segment) throws IOException {
        return SegmentSourceContract.read(archive.segment(STREAM, segment.take(), segment.number(), Part.MUXED)
                .orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({"version-1, 0", "version-2, 0", "version-3, -300000"})
    void playAndStayAsTheyAre(String version, long lateMicros) throws Exception {
        Path root = copyOf(version);
        Map<Path, byte[]> before = files(root);
        TestTake take = take(lateMicros);
        try (LocalArchive archive = open(root)) {
            new Recovery(archive).run();
            assertEquals(
                    take.segments(), archive.find(STREAM, EVER).orElseThrow().segments());
            assertEquals(
                    List.of(new TakeEnd(take.id(), take.endUtcMicros(), GapReason.OVERLOADED)),
                    archive.find(STREAM, EVER).orElseThrow().ends());
            for (int i = 0; i < 4; i++) {
                assertArrayEquals(
                        TestTake.muxedBytes(take.contents().get(i)),
                        bytes(archive, take.segments().get(i)));
            }
        }
        Map<Path, byte[]> after = files(root);
        assertEquals(before.keySet(), after.keySet());
        before.forEach((file, bytes) -> assertArrayEquals(bytes, after.get(file), file.toString()));
    }

    /** Whose index says so itself, as it did before there was presence. */
    @Test
    void whatIsMarkedAsDamagedIsAHoleUntilItsBytesCome() throws Exception {
        Path root = copyOf("version-2-damaged");
        Path whole = copyOf("version-2");
        TestTake take = take(0);
        Segment damaged = take.segments().get(2);
        Map<Path, byte[]> before = files(root);
        try (LocalArchive archive = open(root)) {
            new Recovery(archive).run();
            assertEquals(3, archive.find(STREAM, EVER).orElseThrow().segments().size());
            assertEquals(Optional.empty(), archive.segment(STREAM, take.id(), damaged.number(), Part.MUXED));
            assertEquals(
                    List.of(GapReason.DAMAGED, GapReason.OVERLOADED),
                    archive.find(STREAM, EVER).orElseThrow().ends().stream()
                            .map(TakeEnd::reason)
                            .toList());
            assertEquals(before.keySet(), files(root).keySet());
            archive.put(
                    STREAM,
                    take.id(),
                    damaged.number(),
                    TestTake.muxedBytes(take.contents().get(2)));
            assertEquals(
                    take.segments(), archive.find(STREAM, EVER).orElseThrow().segments());
        }
        try (LocalArchive archive = open(root);
                LocalArchive other = open(whole)) {
            assertEquals(
                    take.segments(), archive.find(STREAM, EVER).orElseThrow().segments());
            assertArrayEquals(TestTake.muxedBytes(take.contents().get(2)), bytes(archive, damaged));
            assertEquals(
                    other.segment(STREAM, take.id(), damaged.number())
                            .orElseThrow()
                            .index()
                            .digest(),
                    archive.segment(STREAM, take.id(), damaged.number())
                            .orElseThrow()
                            .index()
                            .digest(),
                    "with and without marks");
        }
        for (Map.Entry<Path, byte[]> file : before.entrySet()) {
            if (file.getKey().toString().endsWith(".idx")) {
                assertArrayEquals(file.getValue(), Files.readAllBytes(file.getKey()), "never rewritten");
            }
        }
    }

    /** Two hours came from elsewhere; of the first nothing has come yet, of the second the segment in the middle. */
    @Test
    void aPartOfACopyIsWhatItWasAndCanBeFilled() throws Exception {
        Path root = copyOf("presence-1");
        Map<Path, byte[]> before = files(root);
        TestTake take = take(0);
        try (LocalArchive archive = open(root)) {
            new Recovery(archive).run();
            assertEquals(
                    List.of(take.segments().get(2)),
                    archive.find(STREAM, EVER).orElseThrow().segments());
            assertArrayEquals(
                    TestTake.muxedBytes(take.contents().get(2)),
                    bytes(archive, take.segments().get(2)));
            Map<Path, byte[]> after = files(root);
            before.forEach((file, bytes) -> assertArrayEquals(bytes, after.get(file), file.toString()));
            for (int i : new int[] {3, 0, 1}) {
                archive.put(
                        STREAM,
                        take.id(),
                        FIRST + i,
                        TestTake.muxedBytes(take.contents().get(i)));
            }
        }
        Map<Path, byte[]> filled = files(root);
        Map<Path, byte[]> whole = files(copyOf("version-2"));
        assertEquals(whole.size(), filled.size());
        whole.forEach((file, bytes) -> assertArrayEquals(
                bytes, filled.get(root.resolve(folder.resolve("version-2").relativize(file))), file.toString()));
    }

    @Test
    void expire() throws Exception {
        Path root = copyOf("version-2-damaged");
        long[] nanos = {0};
        try (LocalArchive archive = open(root)) {
            Expiry expiry = new Expiry(
                    archive,
                    new ArchiveLocks(archive),
                    stream -> Optional.of(
                            new RetentionRule("dvr", OptionalLong.of(1), OptionalLong.empty(), OptionalInt.empty())),
                    path -> new Disks.Space("disk", 0, 1_000_000),
                    () -> take(0).endUtcMicros() + 3_600_000_000L,
                    () -> nanos[0],
                    segments -> {});
            expiry.sweep();
            nanos[0] += 60_000_000_000L;
            expiry.sweep();
            assertEquals(List.of(), archive.find(STREAM, EVER).orElseThrow().segments());
        }
        assertFalse(Files.exists(root.resolve("live/camera/2026")));
    }
}
