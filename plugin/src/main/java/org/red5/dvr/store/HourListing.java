package org.red5.dvr.store;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/**
 * The hour files of a stream in a range of hours.
 *
 * @param live whether the stream comes in now
 * @param span from the first to the last segment of the stream, in whatever hour; empty when there is none
 * @param hours in the order of preference of the servers that hold them, each's by hour, then take; several nodes may hold the same
 * @param ends what no index tells: ends of takes without a file, and the last end before the first hour
 * @param unanswered servers that were asked and did not answer in time
 * @param skipped servers that were not asked
 */
public record HourListing(
        boolean live,
        Optional<UtcRange> span,
        List<Hour> hours,
        List<TakeEnd> ends,
        List<Unanswered> unanswered,
        Skipped skipped) {
    /**
     * One take in one hour at one node.
     *
     * @param hour hours since the Unix epoch
     * @param take the take
     * @param node that holds it
     * @param segments how many segments it lists now
     * @param closed whether it will stay as it is until it is deleted
     * @param digest of a closed one: the first 16 bytes of SHA-256 over its index, in 32 hexadecimal digits
     */
    public record Hour(long hour, TakeId take, String node, int segments, boolean closed, Optional<String> digest) {
        public Hour {
            if (closed != digest.isPresent()) {
                throw new IllegalArgumentException(take + " in hour " + hour + ": closed " + closed + ", " + digest);
            }
        }
    }

    public HourListing {
        hours = List.copyOf(hours);
        ends = List.copyOf(ends);
        unanswered = List.copyOf(unanswered);
    }

    /** Whether a server knows the stream; otherwise it says only which did not answer. */
    public boolean isKnown() {
        return isKnown(live || span.isPresent() || !hours.isEmpty(), unanswered, skipped);
    }

    /**
     * The same of what is put together from lists.
     *
     * @param isSomething whether there is anything of the stream
     */
    public static boolean isKnown(boolean isSomething, List<Unanswered> unanswered, Skipped skipped) {
        return isSomething || (unanswered.isEmpty() && skipped.isNone());
    }
}
