package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.util.Optional;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.timeline.TakeId;

/** Says what the stream's other hours know of a take. */
public interface Neighbours {
    /** Whether a take has something in the next hour. */
    boolean goesOn(TakeId take) throws IOException;

    /** The ordinal of a take that its own header does not say any more. */
    int ordinalOf(TakeId take) throws IOException;

    /** The init segment of a take as its header describes it, where it is whole. */
    Optional<byte[]> initOf(TakeId take, IndexFormat.Header header) throws IOException;
}
