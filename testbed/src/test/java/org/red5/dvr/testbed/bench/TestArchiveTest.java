package org.red5.dvr.testbed.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

class TestArchiveTest {
    private static final long FIRST = 440_000_000;

    @Test
    void holdsSegmentsOfTheUsualSize(@TempDir Path folder) throws Exception {
        StreamKey stream = new StreamKey("live", "one");
        try (TestArchive archive = new TestArchive(folder)) {
            TakeWriter take = archive.begin(stream, FIRST);
            archive.append(take, FIRST, FIRST + 1_000, TestArchive.Content.SMALL);
            archive.append(take, FIRST + 1_000, FIRST + 1_001, TestArchive.Content.FULL);
            take.end(GapReason.NOT_PUBLISHED);
            Holdings all = archive.archive()
                    .find(stream, new UtcRange(0, Long.MAX_VALUE))
                    .orElseThrow();
            assertEquals(1_001, all.segments().size());
            assertEquals(4_000_000, all.segments().get(7).durationMicros());
            assertEquals(1.25e6, all.segments().get(1_000).bytes(), 10_000);
        }
    }
}
