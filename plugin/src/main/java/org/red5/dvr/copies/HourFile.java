package org.red5.dvr.copies;

import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * What an archive has of a take in an hour: what is compared and filled as one, and what a cache gives up as one.
 *
 * @param hour since the Unix epoch
 */
public record HourFile(StreamKey stream, long hour, TakeId take) {
    @Override
    public String toString() {
        return take + " of " + stream + " in hour " + hour;
    }
}
