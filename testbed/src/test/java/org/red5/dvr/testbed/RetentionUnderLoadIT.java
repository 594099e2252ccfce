package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.retention.ArchiveLocks;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.testbed.bench.TestArchive;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/**
 * Limits by age, by bytes and by share of the disk are passed while readers sit on the oldest hours: each is met within
 * a minute, no answer breaks off, and an hour that is locked survives all three.
 */
@SideBySide
class RetentionUnderLoadIT {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final Duration MET_WITHIN = Duration.ofSeconds(60);
    /** From the start of the server to the instant at which the age limit is passed; more where it starts slowly. */
    private static final int LEAD_SECONDS = 25;

    private static final int MOST_LEAD_SECONDS = 100;
    /** What the readers need to get going. */
    private static final int MARGIN_SECONDS = 5;

    private static final int DISK_MEGABYTES = 120;
    private static final TestArchive.Content SMALL = new TestArchive.Content(100, 4_000, 187, 256);
    /** 24 MB: far more than what is on its way in a connection. */
    private static final TestArchive.Content LARGE = new TestArchive.Content(480, 50_000, 187, 256);

    private static final int SMALL_BYTES = 1_000_000;

    /** A stream with three closed hours: the first will be locked, the second is to go, the third stays. */
    private record Recorded(String name, Path root, long firstHour, List<Path> media, List<Map<String, byte[]>> hours) {
        boolean isGone(int hour) {
            return !Files.exists(media.get(hour));
        }

        long fromSeconds(int hour) {
            return (firstHour + hour) * 3_600;
        }

        long bytes() throws IOException {
            long bytes = 0;
            for (Path file : HourFiles.below(root)) {
                bytes += Files.size(file);
            }
            return bytes;
        }

        /** The files of an hour that are small, or those that are large. */
        Map<URI, byte[]> files(Red5Server server, int hour, boolean small) {
            Map<URI, byte[]> files = new LinkedHashMap<>();
            hours.get(hour).forEach((path, bytes) -> {
                if (bytes.length < SMALL_BYTES == small) {
                    files.put(server.http("/dvr/live/" + name + "/" + path), bytes);
                }
            });
            return files;
        }
    }

    @Test
    void everyLimitIsMetAndNoReaderIsCutOff() throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "retention-load")
                .toAbsolutePath();
        try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), DISK_MEGABYTES)) {
            long hour = System.currentTimeMillis() / 3_600_000 - 4;
            Recorded aged = record("aged", folder.resolve("aged"), hour);
            Recorded sized = record("sized", folder.resolve("sized"), hour);
            Recorded shared = record("shared", disk.folder().resolve("shared"), hour);
            List<Recorded> streams = List.of(aged, sized, shared);
            boolean done = false;
            for (int lead = LEAD_SECONDS; !done; lead *= 2) {
                long passedSeconds = System.currentTimeMillis() / 1_000 + lead;
                String conf = conf(streams, passedSeconds);
                try (Red5Server server =
                                Red5Server.in(folder.resolve("red5")).conf(conf).start();
                        HourReaders readers = new HourReaders()) {
                    done = System.currentTimeMillis() / 1_000 + MARGIN_SECONDS < passedSeconds;
                    if (done) {
                        underLoad(server, readers, disk, streams, passedSeconds);
                    }
                }
                assertTrue(done || lead < MOST_LEAD_SECONDS, "a server takes over " + lead + " s to start");
            }
        }
    }

    /** The age is passed at a given instant, the size when more is recorded, the share when the disk is filled. */
    private static String conf(List<Recorded> streams, long passedSeconds) throws IOException {
        Recorded aged = streams.get(0);
        Recorded sized = streams.get(1);
        Recorded shared = streams.get(2);
        return "node origin;\n"
                + "stream live/aged { dvr " + aged.root() + " " + (passedSeconds - aged.fromSeconds(2)) + "s; }\n"
                + "stream live/sized { dvr " + sized.root() + " " + (sized.bytes() / 1_024 + 300) + "K; }\n"
                + "stream live/shared { dvr " + shared.root() + " 50%; }\n";
    }

    private static void underLoad(
            Red5Server server, HourReaders readers, Tmpfs disk, List<Recorded> streams, long passedSeconds)
            throws Exception {
        List<Thread> slow = new ArrayList<>();
        for (Recorded stream : streams) {
            List<URI> playlists = List.of(
                    server.http("/dvr/live/" + stream.name() + "/archive-" + stream.fromSeconds(0) + "-10800.m3u8"));
            for (int i = 0; i < 2; i++) {
                readers.start(stream.files(server, 0, true), stream.files(server, 1, true), playlists);
            }
            stream.files(server, 1, false)
                    .forEach((file, bytes) -> slow.add(readers.startSlow(file, bytes, () -> stream.isGone(1))));
        }
        Eventually.holds("every file is read", LIMIT, () -> readers.whole() > 50);
        long[] passedMillis = {passedSeconds * 1_000, passSize(server, streams.get(1)), passShare(disk)};
        for (int i = 0; i < streams.size(); i++) {
            Recorded stream = streams.get(i);
            assertMet(stream, passedMillis[i]);
        }
        for (Thread reader : slow) {
            reader.join(LIMIT.toMillis());
        }
        int before = readers.whole();
        Eventually.holds("what is locked is read still", LIMIT, () -> readers.whole() > before + 50);
        assertEquals(List.of(), readers.failures());
        assertTrue(readers.missing() > 0, "what is gone is answered so");
        for (Recorded stream : streams) {
            assertTrue(!stream.isGone(0), stream.name() + ": what is locked is gone");
            assertTrue(!stream.isGone(2), stream.name() + ": more is gone than had to go");
            assertEquals(
                    stream.name().equals("aged") ? "age" : stream.name().equals("sized") ? "bytes" : "disk",
                    limit(server, stream));
        }
    }

    /** Publishes until the recordings are larger than they may be; gives when that was. */
    private static long passSize(Red5Server server, Recorded sized) throws Exception {
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        Path clip = clips.get(new Clips.Spec(12, 320, 180, 25, 50, 2, 400, true, true));
        long allowed = sized.bytes() + 301 * 1_024;
        try (PacedPublish publish = PacedPublish.start(
                server,
                "live",
                sized.name(),
                PacedPublish.inRealTime(FlvFile.read(clip).tags()))) {
            Eventually.holds("the size is passed", LIMIT, () -> sized.bytes() > allowed);
            long passed = System.currentTimeMillis();
            publish.await(LIMIT);
            return passed;
        }
    }

    private static long passShare(Tmpfs disk) throws IOException {
        long free = disk.totalBytes() / 2 - (3 << 20);
        assertTrue(disk.usableBytes() > free, "the share is passed already");
        disk.fill(free);
        return System.currentTimeMillis();
    }

    private static void assertMet(Recorded stream, long passedMillis) throws Exception {
        BooleanSupplier gone = () -> stream.isGone(1);
        Eventually.holds(stream.name() + " is within its limit", LIMIT, gone::getAsBoolean);
        Duration took = Duration.ofMillis(System.currentTimeMillis() - passedMillis);
        assertTrue(took.compareTo(MET_WITHIN) < 0, stream.name() + " was met after " + took);
    }

    private static String limit(Red5Server server, Recorded stream) throws Exception {
        return new DvrClient(server)
                .status("live/" + stream.name())
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("deleted")
                .get(0)
                .getAsJsonObject()
                .get("limit")
                .getAsString();
    }

    private static Recorded record(String name, Path root, long firstHour) throws IOException {
        StreamKey stream = new StreamKey("live", name);
        List<Map<String, byte[]>> hours = new ArrayList<>();
        try (TestArchive archive = new TestArchive(root)) {
            for (int i = 0; i < 3; i++) {
                long number = TestArchive.GRID.numberAt((firstHour + i) * 3_600_000_000L);
                TakeWriter take = archive.begin(stream, number);
                archive.append(take, number, number + 2, SMALL);
                archive.append(take, number + 2, number + 3, i == 1 ? LARGE : SMALL);
                take.end(GapReason.NOT_PUBLISHED);
                hours.add(files(archive, stream, take.take(), number));
            }
            // Before the server starts, which begins to delete at once.
            new ArchiveLocks(archive.archive()).lock(stream, UtcRange.ofSeconds(firstHour * 3_600, 10));
        }
        return new Recorded(name, root, firstHour, HourFiles.below(root), hours);
    }

    private static Map<String, byte[]> files(TestArchive archive, StreamKey stream, TakeId take, long first)
            throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (long number = first; number < first + 3; number++) {
            for (Part part : Part.values()) {
                MediaBytes bytes =
                        archive.archive().segment(stream, take, number, part).orElseThrow();
                String suffix = part == Part.MUXED ? "" : part == Part.VIDEO ? "-v" : "-a";
                files.put("segments/" + take.value() + "/" + number + suffix + ".m4s", read(bytes));
            }
        }
        return files;
    }

    private static byte[] read(MediaBytes bytes) throws IOException {
        MediaBytes.FileRegion region = (MediaBytes.FileRegion) bytes;
        try (FileChannel file = FileChannel.open(region.file())) {
            file.position(region.offsetBytes());
            return Channels.newInputStream(file).readNBytes((int) region.lengthBytes());
        }
    }
}
