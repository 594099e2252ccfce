package org.red5.dvr.cluster.known;

import java.util.List;
import org.red5.dvr.store.HourListing;

/**
 * What a peer has told of a stream in a range of hours.
 *
 * @param listing its list; unanswered is the peer itself as well, where an index could not be read
 * @param takes those of the list of which more is known, in its order
 */
public record KnownStream(HourListing listing, List<KnownTake> takes) {
    public KnownStream {
        takes = List.copyOf(takes);
    }
}
