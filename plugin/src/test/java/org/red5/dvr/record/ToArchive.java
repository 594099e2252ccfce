package org.red5.dvr.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** The way of one publish into an archive. */
record ToArchive(LocalArchive archive, Path root, StreamKey stream, ByteBuffer buffer) implements Ingest.Output {
    ToArchive(LocalArchive archive, Path root, StreamKey stream) {
        this(archive, root, stream, ByteBuffer.allocateDirect(64 << 10));
    }

    @Override
    public long lastNumber() throws IOException {
        return archive.lastNumber(stream).orElse(Long.MIN_VALUE);
    }

    @Override
    public long usableBytes() throws IOException {
        return archive.usableBytes(stream);
    }

    @Override
    public TakeWriter begin(long startUtcMicros, InitSegment init) throws IOException {
        return archive.begin(stream, TakeId.of(startUtcMicros, "test"), init, buffer);
    }

    @Override
    public boolean hasOtherVideo(VideoConfig config) throws IOException {
        return archive.hasOtherVideo(root, stream, config);
    }

    @Override
    public void notRecorded(long sinceUtcMicros, GapReason reason) {
        archive.notRecorded(root, stream, TakeId.of(sinceUtcMicros, "test"), sinceUtcMicros, reason);
    }

    @Override
    public String place() {
        return root.toString();
    }
}
