package org.red5.dvr.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/**
 * Somewhere segments can be had from: the local archive, a cache, a peer server. All methods may be called by any
 * thread and may block on I/O, never on the length of the archive.
 */
public interface SegmentSource {
    /** Has nothing. */
    SegmentSource NOTHING = new SegmentSource() {
        @Override
        public List<StreamKey> streams() {
            return List.of();
        }

        @Override
        public Optional<Holdings> find(StreamKey stream, UtcRange window) {
            return Optional.empty();
        }

        @Override
        public Optional<Take> take(StreamKey stream, TakeId take) {
            return Optional.empty();
        }

        @Override
        public Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) {
            return Optional.empty();
        }

        @Override
        public Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) {
            return Optional.empty();
        }
    };

    /** The streams of which this source holds anything or which it is recording, in order of name. */
    List<StreamKey> streams() throws IOException;

    /** The same streams, each with whether it comes in now, and its span. */
    default List<StreamListing> listings() throws IOException {
        List<StreamListing> listings = new ArrayList<>();
        for (StreamKey stream : streams()) {
            // Of no window: what is asked for is whether it is live, and its span.
            find(stream, new UtcRange(0, 0))
                    .ifPresent(holdings -> listings.add(new StreamListing(stream, holdings.live(), holdings.span())));
        }
        return listings;
    }

    /** What there is of a stream in a window; empty when the source does not know the stream. */
    Optional<Holdings> find(StreamKey stream, UtcRange window) throws IOException;

    /** The take's tracks; empty when the source does not have the take. */
    Optional<Take> take(StreamKey stream, TakeId take) throws IOException;

    /** The init segment (ftyp and moov, ISO/IEC 14496-12) of a take; empty when there is none with that part. */
    Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) throws IOException;

    /** The bytes of a segment; empty when there is none with that part. */
    Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException;
}
