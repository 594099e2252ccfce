package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;

/**
 * What two servers serve, each in its own way: an archive, and the same segments as files of their own.
 *
 * @param take of the segments
 * @param firstNumber of the segments; file {@code <number>.m4s} holds the bytes of one
 */
record ServedFiles(String take, long firstNumber, long lastNumber) {
    static final StreamKey SEGMENTS = new StreamKey("live", "segments");
    static final StreamKey LIVE = new StreamKey("live", "camera0");

    private static final int SEGMENT_COUNT = 64;
    private static final int LIVE_COUNT = 100;

    /** Writes the archive, with a stream whose last segment has just ended, and the files. */
    static ServedFiles write(Path archiveRoot, Path files) throws IOException {
        long now = TestArchive.GRID.numberAt(System.currentTimeMillis() * 1_000);
        long first = now - SEGMENT_COUNT;
        try (TestArchive archive = new TestArchive(archiveRoot)) {
            TakeWriter take = archive.begin(SEGMENTS, first);
            archive.append(take, first, now, TestArchive.Content.FULL);
            take.end(GapReason.NOT_PUBLISHED);
            TakeWriter live = archive.begin(LIVE, now - LIVE_COUNT);
            archive.append(live, now - LIVE_COUNT, now, TestArchive.Content.SMALL);
            live.end(GapReason.NOT_PUBLISHED);
            Files.createDirectories(files);
            for (long number = first; number < now; number++) {
                MediaBytes bytes = archive.archive()
                        .segment(SEGMENTS, take.take(), number, Part.MUXED)
                        .orElseThrow(() -> new IOException("a segment just written is not there"));
                Files.write(files.resolve(number + ".m4s"), read((MediaBytes.FileRegion) bytes));
            }
            return new ServedFiles(take.take().value(), first, now - 1);
        }
    }

    /** The address of every segment, with {@code %d} for its number. */
    String segmentPath() {
        return "/dvr/" + SEGMENTS + "/segments/" + take + "/%d.m4s";
    }

    /** A path for each number. */
    List<String> paths(String pattern) {
        List<String> paths = new ArrayList<>();
        for (long number = firstNumber; number <= lastNumber; number++) {
            paths.add(pattern.replace("%d", "" + number));
        }
        return paths;
    }

    private static byte[] read(MediaBytes.FileRegion region) throws IOException {
        byte[] bytes = new byte[(int) region.lengthBytes()];
        try (RandomAccessFile file = new RandomAccessFile(region.file().toFile(), "r")) {
            file.seek(region.offsetBytes());
            file.readFully(bytes);
        }
        return bytes;
    }
}
