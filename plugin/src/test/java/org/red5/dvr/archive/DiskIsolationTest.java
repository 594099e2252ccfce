package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.RootCheck;
import org.red5.dvr.archive.files.Troubles;
import org.red5.dvr.archive.retention.ArchiveLocks;
import org.red5.dvr.archive.retention.Deletions;
import org.red5.dvr.archive.retention.DiskThreads;
import org.red5.dvr.archive.retention.Disks;
import org.red5.dvr.archive.retention.Expiry;
import org.red5.dvr.archive.retention.RetentionRule;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;

/** What cannot be read, hangs or meets a defect on one disk is no matter of the others. */
class DiskIsolationTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final StreamKey BAD = new StreamKey("live", "bad");
    private static final StreamKey GOOD = new StreamKey("live", "good");
    private static final long HOUR_MICROS = 3_600_000_000L;
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    private static final long FULL_HOUR = 448_839_000L;

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final Troubles meter = new Troubles();
    private final List<String> troubles = meter.now();
    private final List<String> begun = meter.begun();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Path bad;
    private Path good;
    private LocalArchive archive;

    @BeforeEach
    void open() {
        bad = folder.resolve("a-bad");
        good = folder.resolve("good");
        archive = archive(RootCheck.NONE);
    }

    @AfterEach
    void close() throws InterruptedException {
        threads.shutdownNow();
        assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        archive.close();
    }

    @Test
    void aDirectoryThatCannotBeReadIsPassedOverAndReportedOnce() throws IOException {
        Path beside = record(BAD);
        Path hour = record(GOOD);
        Path loop = Files.createSymbolicLink(good.resolve("application"), Path.of("application"));
        Expiry expiry = expiry(OptionalLong.of(HOUR_MICROS), path -> new Disks.Space("disk", 0, 1_000));
        expire(expiry);
        assertFalse(Files.exists(hour), "in the same root");
        assertFalse(Files.exists(beside));
        assertEquals(List.of(BAD, GOOD), archive.streams());
        assertEquals(1, troubles.size());
        assertTrue(troubles.get(0).startsWith(loop + " cannot be read: "), troubles.toString());
        assertEquals(troubles, begun);
        Files.delete(loop);
        expiry.sweep();
        assertEquals(List.of(), troubles);
    }

    @Test
    void aRootThatCannotBeReadKeepsNoOtherFromItsLimits() throws IOException {
        Files.createSymbolicLink(bad, bad);
        Path hour = record(GOOD);
        Disks disks = path -> {
            if (path.equals(bad)) {
                throw new IOException("Input/output error");
            }
            return new Disks.Space("disk", 100, 0);
        };
        expire(expiry(OptionalLong.empty(), disks));
        assertFalse(Files.exists(hour), "by the share of the disk");
        assertEquals(List.of(GOOD), archive.streams());
        new Recovery(archive).run();
        assertFalse(archive.isHeld(good));
        assertEquals(1, begun.size());
    }

    @Test
    void aDiskThatHangsHoldsUpItsOwnLimitsAlone() throws IOException {
        Path stuck = record(BAD);
        Path hour = record(GOOD);
        CountDownLatch released = new CountDownLatch(1);
        archive.close();
        archive = archive((stream, root) -> hangWhere(root.equals(bad), released));
        Expiry expiry = expiry(OptionalLong.of(HOUR_MICROS), path -> new Disks.Space(path.toString(), 0, 1_000));
        sweepUntil(expiry, () -> !Files.exists(hour));
        nanos.addAndGet(DiskThreads.PATIENCE_NANOS);
        sweepUntil(
                expiry,
                () -> List.of(bad + " has not answered for over a minute").equals(troubles));
        assertTrue(Files.exists(stuck));
        released.countDown();
        sweepUntil(expiry, () -> !Files.exists(stuck) && troubles.isEmpty());
    }

    @Test
    void aDiskThatDoesNotEvenSayWhichItIsHoldsUpItsOwnLimitsAlone() throws IOException {
        Path stuck = record(BAD);
        Path hour = record(GOOD);
        CountDownLatch released = new CountDownLatch(1);
        Expiry expiry = expiry(OptionalLong.of(HOUR_MICROS), path -> {
            hangWhere(path.equals(bad), released);
            return new Disks.Space(path.toString(), 0, 1_000);
        });
        expiry.sweep(threads);
        nanos.addAndGet(DiskThreads.PATIENCE_NANOS + 1);
        sweepUntil(expiry, () -> !Files.exists(hour));
        assertTrue(Files.exists(stuck));
        assertEquals(List.of(bad + " has not answered for over a minute"), troubles);
        released.countDown();
        sweepUntil(expiry, () -> !Files.exists(stuck) && troubles.isEmpty());
    }

    @Test
    void rootsOfOneDiskAreSweptTogether() throws IOException {
        TestTake.of(GRID, FULL_HOUR - 4_500, 0, 2, Tracks.BOTH)
                .write(archive, BAD)
                .end(GapReason.NOT_PUBLISHED);
        record(GOOD);
        Expiry expiry = expiry(OptionalLong.empty(), path -> new Disks.Space("disk", 51, 49));
        sweepUntil(expiry, () -> isEmpty(BAD));
        AtomicLong passes = new AtomicLong();
        sweepUntil(expiry, () -> passes.incrementAndGet() > 50);
        assertFalse(isEmpty(GOOD), "the oldest hour of the disk goes, wherever it is");
    }

    @Test
    void aDefectInOneStreamEndsNoSweep() throws IOException {
        Path stays = record(BAD);
        Path hour = record(GOOD);
        archive.close();
        archive = archive((stream, root) -> {
            if (stream.equals(BAD)) {
                throw new IllegalStateException("a defect");
            }
        });
        expire(expiry(OptionalLong.of(HOUR_MICROS), path -> new Disks.Space("disk", 0, 1_000)));
        assertFalse(Files.exists(hour));
        assertTrue(Files.exists(stays));
        new Recovery(archive).run();
        assertFalse(archive.isHeld(bad));
    }

    @Test
    void aDiskThatHangsAtTheStartIsUsedWhenItHasBeenLookedThrough() throws IOException {
        record(BAD);
        record(GOOD);
        CountDownLatch released = new CountDownLatch(1);
        archive.close();
        archive = archive((stream, root) -> hangWhere(root.equals(bad), released));
        new Recovery(archive, Duration.ofMillis(50)).run();
        assertEquals(List.of(bad + " has not been looked through after the start"), troubles);
        assertEquals(List.of(GOOD), archive.streams());
        assertEquals(Optional.empty(), archive.find(BAD, new UtcRange(0, 1)));
        assertEquals(OptionalLong.empty(), archive.lastNumber(bad, BAD));
        TestTake refused = TestTake.of(GRID, FULL_HOUR, 0, 2, Tracks.BOTH);
        assertThrows(IOException.class, () -> begin(refused));
        expire(expiry(OptionalLong.of(HOUR_MICROS), path -> new Disks.Space(path.toString(), 0, 1_000)));
        long told = archive.closedChanges();
        released.countDown();
        await(() -> !archive.isHeld(bad) && troubles.isEmpty());
        assertTrue(archive.closedChanges() > told, "who was told that there is nothing asks again");
        TestTake later = TestTake.of(GRID, FULL_HOUR + 10, 0, 2, Tracks.BOTH);
        later.write(archive, BAD).end(GapReason.NOT_PUBLISHED);
        assertEquals(OptionalLong.of(FULL_HOUR + 11), archive.lastNumber(bad, BAD));
        Holdings holdings = archive.find(BAD, new UtcRange(refused.startUtcMicros(), later.endUtcMicros()))
                .orElseThrow();
        assertEquals(
                new TakeEnd(refused.id(), refused.id().startUtcMillis() * 1_000, GapReason.DISK_ERROR),
                holdings.ends().get(1));
    }

    /** A pipe that nobody writes to is a file whose disk hangs. */
    @Test
    void fewWaitForWhatIsLockedAndDeletedOnADiskThatHangs() throws Exception {
        Path stream = record(BAD).resolve("../../../..").toRealPath();
        record(GOOD);
        ArchiveLocks locks = new ArchiveLocks(archive);
        Expiry expiry = expiry(OptionalLong.empty(), path -> new Disks.Space("disk", 0, 1_000));
        UtcRange locked = new UtcRange(1, 2);
        locks.lock(GOOD, locked);
        for (String file : List.of("locks.json", "deletions.json")) {
            String content = file.equals("locks.json") ? "[]" : "[[1,2,3,\"age\"]]";
            Path pipe = stream.resolve(file);
            assertEquals(
                    0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
            List<Future<Boolean>> answers = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                answers.add(threads.submit(() -> {
                    if (file.equals("deletions.json")) {
                        return !expiry.status(BAD).equals(StorageStatus.UNKNOWN);
                    }
                    try {
                        return locks.locks(BAD).isPresent();
                    } catch (UnreachableException e) {
                        return false;
                    }
                }));
            }
            await(() -> answers.stream().filter(Future::isDone).count() >= 44);
            assertEquals(Optional.of(List.of(locked)), locks.locks(GOOD));
            assertEquals(16, answers.stream().filter(answer -> !answer.isDone()).count());
            Files.writeString(pipe, content);
            int told = 0;
            for (Future<Boolean> answer : answers) {
                told += answer.get(20, TimeUnit.SECONDS) ? 1 : 0;
            }
            assertEquals(16, told);
        }
    }

    private void begin(TestTake take) throws IOException {
        archive.begin(bad, BAD, take.id(), take.init(), ByteBuffer.allocateDirect(1 << 16));
    }

    private static void hangWhere(boolean isHanging, CountDownLatch released) throws IOException {
        try {
            if (isHanging && !released.await(60, TimeUnit.SECONDS)) {
                throw new IOException("never released");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private LocalArchive archive(RootCheck check) {
        return new LocalArchive(
                stream -> Optional.of(stream.equals(BAD) ? bad : good),
                List.of(bad, good),
                GRID,
                ArchiveOptions.DEFAULT.with(check).with(meter));
    }

    private Expiry expiry(OptionalLong ageMicros, Disks disks) {
        return new Expiry(
                archive,
                new ArchiveLocks(archive),
                stream -> Optional.of(new RetentionRule("*", ageMicros, OptionalLong.empty(), OptionalInt.of(50))),
                disks,
                () -> GRID.startUtcMicros(FULL_HOUR),
                nanos::get,
                segments -> {});
    }

    /** A pass, and another when nobody can be reading any more. */
    private void expire(Expiry expiry) {
        expiry.sweep();
        nanos.addAndGet(Deletions.GRACE_NANOS);
        expiry.sweep();
    }

    /** Passes as they come one after the other, each disk on its own thread. */
    private void sweepUntil(Expiry expiry, Condition condition) throws IOException {
        await(() -> {
            expiry.sweep(threads);
            nanos.addAndGet(Deletions.GRACE_NANOS / 1_000);
            return condition.holds();
        });
    }

    private boolean isEmpty(StreamKey stream) throws IOException {
        return archive.find(stream, new UtcRange(0, GRID.startUtcMicros(FULL_HOUR)))
                .orElseThrow()
                .segments()
                .isEmpty();
    }

    /** Records something old; gives the directory of its hour. */
    private Path record(StreamKey stream) throws IOException {
        TestTake.of(GRID, FULL_HOUR - 3_600, 0, 2, Tracks.BOTH)
                .write(archive, stream)
                .end(GapReason.NOT_PUBLISHED);
        return hours(stream).get(0);
    }

    private List<Path> hours(StreamKey stream) throws IOException {
        StreamArchive hours = archive.archive(stream).orElseThrow();
        List<Path> directories = new ArrayList<>();
        hours.hours().all().forEach(hour -> directories.add(hours.hours().hourDirectory(hour)));
        return directories;
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < deadline, "not within 20 s");
            LockSupport.parkNanos(1_000_000);
        }
    }
}
