package org.red5.dvr.archive.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.StreamSearch;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.HourFiles;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/**
 * Random archives under random limits, against a model in which an hour is a size and a lock: two directives, two roots on
 * one disk, five streams, several rounds in which hours come, locks come and go, and the disk fills from elsewhere.
 */
class RetentionModelTest {
    private static final long HOUR_MICROS = Hours.MICROS;
    private static final long NOW_HOUR = 498_710;
    private static final long DISK_BYTES = 100_000;

    /** An hour as the model knows it. */
    private record Hour(StreamKey stream, long hour, long bytes) {}

    @TempDir
    Path folder;

    private final List<Hour> model = new ArrayList<>();
    private long nowMicros = NOW_HOUR * HOUR_MICROS;
    private long nanos;
    private long otherBytes;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void leavesWhatTheModelLeaves(long seed) throws IOException {
        Random random = new Random(seed);
        RetentionRule[] rules = {rule("a*", random), rule("b*", random)};
        List<Path> roots = List.of(folder.resolve("one"), folder.resolve("two"));
        try (LocalArchive archive =
                new LocalArchive(stream -> Optional.of(root(roots, stream)), roots, SegmentGrid.DEFAULT)) {
            ArchiveLocks locks = new ArchiveLocks(archive);
            Expiry expiry = new Expiry(
                    archive,
                    locks,
                    stream -> Optional.of(rules[directive(stream)]),
                    path -> space(onDisk(roots).stream().mapToLong(Hour::bytes).sum()),
                    () -> nowMicros,
                    () -> nanos,
                    segments -> {});
            for (int round = 0; round < 5; round++) {
                if (round == 0 || random.nextBoolean()) {
                    record(roots, random, archive, round > 0);
                }
                otherBytes = random.nextInt((int) DISK_BYTES / 2);
                changeLocks(locks, random);
                nowMicros += random.nextInt(3) * HOUR_MICROS;
                expire(rules, roots, locks);
                expiry.sweep();
                nanos += Deletions.GRACE_NANOS;
                expiry.sweep();
                assertEquals(new TreeSet<>(names(model)), new TreeSet<>(names(onDisk(roots))), "round " + round);
            }
        }
    }

    private static RetentionRule rule(String directive, Random random) {
        return new RetentionRule(
                directive,
                random.nextBoolean() ? OptionalLong.of((1 + random.nextInt(30)) * HOUR_MICROS) : OptionalLong.empty(),
                random.nextBoolean() ? OptionalLong.of(1 + random.nextInt(30_000)) : OptionalLong.empty(),
                random.nextBoolean() ? OptionalInt.of(30 + random.nextInt(70)) : OptionalInt.empty());
    }

    /** Streams a0, a1 and b0 are on the first root, a2 and b1 on the second. */
    private static Path root(List<Path> roots, StreamKey stream) {
        return roots.get(List.of("a2", "b1").contains(stream.name()) ? 1 : 0);
    }

    private static int directive(StreamKey stream) {
        return stream.name().charAt(0) - 'a';
    }

    private Disks.Space space(long ofArchives) {
        long used = Math.min(DISK_BYTES, otherBytes + ofArchives);
        return new Disks.Space("disk", used, DISK_BYTES - used);
    }

    /** What the archive is not told of is found by its first look; later it must be told. */
    private void record(List<Path> roots, Random random, LocalArchive archive, boolean tell) throws IOException {
        for (String name : List.of("a0", "a1", "a2", "b0", "b1")) {
            StreamKey stream = new StreamKey("live", name);
            Path directory = ArchiveLayout.streamDirectory(root(roots, stream), stream);
            for (int i = 0; i < 6; i++) {
                long hour = NOW_HOUR - random.nextInt(40);
                if (model.stream().noneMatch(known -> known.stream().equals(stream) && known.hour() == hour)) {
                    long bytes = 100L + random.nextInt(2_000);
                    write(ArchiveLayout.hourDirectory(directory, hour), hour, (int) bytes);
                    model.add(new Hour(stream, hour, bytes));
                    if (tell) {
                        archive.archive(stream).orElseThrow().hours().unmarkDeleted(hour);
                    }
                }
            }
        }
    }

    private static void write(Path directory, long hour, int bytes) throws IOException {
        TakeId take = TakeId.of(hour * HOUR_MICROS, "test");
        Files.createDirectories(directory);
        Files.write(ArchiveLayout.mediaFile(directory, take), new byte[bytes - 64]);
        Files.write(ArchiveLayout.indexFile(directory, take), new byte[64]);
        Files.writeString(directory.resolve("notes.txt"), "not the archive's");
    }

    private void changeLocks(ArchiveLocks locks, Random random) throws IOException {
        for (int i = 0; i < 2; i++) {
            StreamKey stream = new StreamKey("live", List.of("a0", "b1").get(random.nextInt(2)));
            long from = (NOW_HOUR - random.nextInt(45)) * HOUR_MICROS + random.nextInt(1_000_000_000) * 3L;
            UtcRange range = new UtcRange(from, from + 1 + random.nextInt(2_000_000_000) * 4L);
            if (random.nextBoolean()) {
                locks.lock(stream, range);
            } else {
                locks.unlock(stream, range);
            }
        }
    }

    /** The model's own pass. */
    private void expire(RetentionRule[] rules, List<Path> roots, ArchiveLocks locks) throws IOException {
        List<Hour> free = new ArrayList<>();
        for (Hour hour : model) {
            long from = hour.hour() * HOUR_MICROS;
            if (locks.locks(hour.stream()).orElseThrow().stream()
                    .noneMatch(lock -> lock.intersects(from, from + HOUR_MICROS + 8_000_000))) {
                free.add(hour);
            }
        }
        free.sort(Comparator.comparingLong(Hour::hour).thenComparing(Hour::stream));
        for (Hour hour : free) {
            RetentionRule rule = rules[directive(hour.stream())];
            if (rule.ageMicros().isPresent()
                    && hour.hour() < (nowMicros - rule.ageMicros().getAsLong()) / HOUR_MICROS) {
                model.remove(hour);
            }
        }
        for (Hour hour : free) {
            RetentionRule rule = rules[directive(hour.stream())];
            long covered = model.stream()
                    .filter(each -> directive(each.stream()) == directive(hour.stream())
                            && root(roots, each.stream()).equals(root(roots, hour.stream())))
                    .mapToLong(Hour::bytes)
                    .sum();
            if (rule.bytes().isPresent() && covered > rule.bytes().getAsLong()) {
                model.remove(hour);
            }
        }
        long atFirst = onDisk(roots).stream().mapToLong(Hour::bytes).sum();
        for (Hour hour : free) {
            RetentionRule rule = rules[directive(hour.stream())];
            long gone = atFirst - model.stream().mapToLong(Hour::bytes).sum();
            if (rule.diskPercent().isPresent()
                    && space(atFirst).usedBytes() - gone
                            > DISK_BYTES * rule.diskPercent().getAsInt() / 100) {
                model.remove(hour);
            }
        }
    }

    private static List<String> names(List<Hour> hours) {
        return hours.stream().map(Hour::toString).toList();
    }

    /** Every hour of which files are there. */
    private static List<Hour> onDisk(List<Path> roots) throws IOException {
        List<Hour> hours = new ArrayList<>();
        for (Path root : roots) {
            for (StreamKey stream : new StreamSearch(ArchiveMeter.NONE).streams(root)) {
                Path directory = ArchiveLayout.streamDirectory(root, stream);
                for (long hour : ArchiveLayout.hours(directory)) {
                    long bytes = HourFiles.bytes(ArchiveLayout.hourDirectory(directory, hour), take -> true);
                    if (bytes > 0) {
                        hours.add(new Hour(stream, hour, bytes));
                    }
                }
            }
        }
        return hours;
    }
}
