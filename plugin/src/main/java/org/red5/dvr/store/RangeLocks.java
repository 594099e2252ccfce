package org.red5.dvr.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UtcRange;

/**
 * The locked ranges of streams, which no limit deletes. Ranges given back are in order of time and neither overlap nor
 * touch; they are empty for a stream that is not known here. Any thread may call.
 */
public interface RangeLocks {
    Optional<List<UtcRange>> locks(StreamKey stream) throws IOException;

    /** Locks a range, the part of it that is locked already too; gives what is locked then. */
    Optional<List<UtcRange>> lock(StreamKey stream, UtcRange range) throws IOException;

    /** Unlocks a range, whatever locks it is part of; gives what is locked then. */
    Optional<List<UtcRange>> unlock(StreamKey stream, UtcRange range) throws IOException;
}
