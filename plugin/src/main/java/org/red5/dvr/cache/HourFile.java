package org.red5.dvr.cache;

import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * What a cache gives up as one: what it has of a take in an hour.
 *
 * @param hour since the Unix epoch
 */
record HourFile(StreamKey stream, long hour, TakeId take) {
    @Override
    public String toString() {
        return take + " of " + stream + " in hour " + hour;
    }
}
