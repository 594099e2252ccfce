package org.red5.dvr.archive.files;

import java.util.OptionalLong;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** Where takes are, as far as that is known without a look at a disk. Any thread may call. */
@FunctionalInterface
public interface KnownHours {
    /** Nothing is known. */
    KnownHours NONE = (stream, take) -> OptionalLong.empty();

    /** An hour since the Unix epoch that there is something of a take in; empty when none is known. */
    OptionalLong of(StreamKey stream, TakeId take);
}
