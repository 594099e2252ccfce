package org.red5.dvr.archive.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.TestTake.Tracks;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.store.TakeStoreContract;
import org.red5.dvr.time.SettableClock;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;

class LocalTakesContractTest extends TakeStoreContract {
    @TempDir
    Path root;

    private final SettableClock clock = new SettableClock();
    private LocalArchive archive;
    private Runnable recordingEnds = () -> {};

    @BeforeEach
    void open() {
        clock.millis = NOW_MICROS / 1_000;
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Override
    protected Recorded record(long firstNumber, int count, int more) throws IOException {
        TestTake take = TestTake.of(GRID, firstNumber, 100_000, count + more, Tracks.BOTH);
        recordingEnds = archive.recordingBegins(root, CAMERA);
        TakeWriter writer = archive.begin(CAMERA, take.id(), take.init(), ByteBuffer.allocateDirect(16 << 10));
        for (SegmentContent content : take.contents().subList(0, count)) {
            writer.append(content);
        }
        return new Recorded() {
            private int written = count;

            @Override
            public List<Segment> segments() {
                return take.segments().subList(0, written);
            }

            @Override
            public byte[] bytes(int index) {
                return TestTake.muxedBytes(take.contents().get(index));
            }

            @Override
            public void grow() throws IOException {
                writer.append(take.contents().get(written));
                written++;
            }

            @Override
            public void end(GapReason reason) throws IOException {
                writer.end(reason);
                recordingEnds.run();
            }
        };
    }

    @Override
    protected TakeStore store() {
        return new LocalTakes(archive, clock, "a1", Runnable::run);
    }

    @Override
    protected void pass(Duration time) {
        // The archive's own clock goes on.
    }
}
