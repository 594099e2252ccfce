package org.red5.dvr.playback.mp4;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.fmp4.TrackKind;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;

/** The segments of a file, one behind the other as they are recorded; each is looked up when its bytes are wanted. */
final class SegmentRun {
    private final FragmentHeads fragments;
    private final StreamKey stream;
    private final List<Segment> segments;
    /** Where each begins, and where the last ends. */
    private final long[] offsets;

    SegmentRun(FragmentHeads fragments, StreamKey stream, List<Segment> segments) {
        this.fragments = fragments;
        this.stream = stream;
        this.segments = segments;
        this.offsets = new long[segments.size() + 1];
        for (int i = 0; i < segments.size(); i++) {
            offsets[i + 1] = offsets[i] + segments.get(i).bytes();
        }
    }

    long lengthBytes() {
        return offsets[segments.size()];
    }

    /** Where the fragment of a track begins. */
    long offsetBytes(TrackKind kind, int segment) {
        return offsets[segment]
                + (kind == TrackKind.AUDIO ? segments.get(segment).videoBytes() : 0);
    }

    /** The bytes from a place on to the end of the segment there. */
    CompletableFuture<MediaBytes> from(long offsetBytes) {
        int segment = segmentAt(offsetBytes);
        return fragments.bytes(stream, segments.get(segment)).thenApply(bytes -> {
            long skipped = offsetBytes - offsets[segment];
            return MediaBytes.slice(bytes, skipped, bytes.lengthBytes() - skipped);
        });
    }

    /** The samples of a chunk. */
    CompletableFuture<SampleRange> samples(TrackKind kind, Chunk chunk) {
        return fragments
                .heads(stream, segments.get(chunk.segment()))
                .thenApply(heads -> new SampleRange(
                        heads.of(kind).orElseThrow(),
                        chunk.from(),
                        chunk.from() + chunk.summary().samples(),
                        chunk.moreTicks()));
    }

    private int segmentAt(long offsetBytes) {
        int found = Arrays.binarySearch(offsets, offsetBytes);
        return found >= 0 ? found : -found - 2;
    }
}
