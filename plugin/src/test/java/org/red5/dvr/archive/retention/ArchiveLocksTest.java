package org.red5.dvr.archive.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

class ArchiveLocksTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final int INSTANTS = 40;

    @TempDir
    Path root;

    /** Against a model that says of each instant whether it is locked; after each change a new server agrees. */
    @Test
    void lockedIsWhatWasLockedAndNotUnlockedSince() throws IOException {
        ArchiveLocks locks = open(true);
        boolean[] model = new boolean[INSTANTS];
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            int from = random.nextInt(INSTANTS - 1);
            int to = from + 1 + random.nextInt(INSTANTS - from - 1);
            boolean lock = random.nextInt(3) > 0;
            UtcRange range = new UtcRange(from, to);
            List<UtcRange> now = (lock ? locks.lock(STREAM, range) : locks.unlock(STREAM, range)).orElseThrow();
            for (int instant = from; instant < to; instant++) {
                model[instant] = lock;
            }
            assertEquals(ranges(model), now);
            assertEquals(Optional.of(now), open(false).locks(STREAM));
        }
    }

    @Test
    void aStreamThatIsNotKnownHasNoLocks() throws IOException {
        ArchiveLocks locks = open(false);
        assertEquals(Optional.empty(), locks.locks(STREAM));
        assertEquals(Optional.empty(), locks.lock(STREAM, new UtcRange(1, 2)));
    }

    @Test
    void aFileThatIsNoListOfLocksIsNamed() throws IOException {
        open(true);
        Path file = ArchiveLayout.streamDirectory(root, STREAM).resolve("locks.json");
        for (String text : List.of("", "[", "{}", "[[1]]", "[[2,1]]", "[[\"x\",1]]", "[[1,2],[")) {
            Files.writeString(file, text);
            CorruptArchiveException refusal = assertThrows(
                    CorruptArchiveException.class, () -> open(false).locks(STREAM), text);
            assertEquals(true, String.valueOf(refusal.getMessage()).contains(file.toString()));
        }
    }

    private ArchiveLocks open(boolean recorded) throws IOException {
        LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT);
        if (recorded) {
            TestTake.of(SegmentGrid.DEFAULT, 448_839_000L, 0, 1, Tracks.BOTH)
                    .write(archive, STREAM)
                    .end(GapReason.NOT_PUBLISHED);
        }
        return new ArchiveLocks(archive);
    }

    private static List<UtcRange> ranges(boolean[] model) {
        List<UtcRange> ranges = new ArrayList<>();
        int from = -1;
        for (int i = 0; i <= model.length; i++) {
            boolean locked = i < model.length && model[i];
            if (locked && from < 0) {
                from = i;
            } else if (!locked && from >= 0) {
                ranges.add(new UtcRange(from, i));
                from = -1;
            }
        }
        return ranges;
    }
}
