package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

class UnstorableNameTest {
    @TempDir
    Path root;

    @Test
    void whoeverAsksForANameThatCannotBeStoredFindsNothing() throws IOException {
        try (LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT)) {
            StreamKey stream = new StreamKey("live", "x".repeat(2_000));
            assertEquals(Optional.empty(), archive.find(stream, UtcRange.ofSeconds(0, 1)));
        }
    }
}
