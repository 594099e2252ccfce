package org.red5.dvr.cluster.known;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/**
 * What is known of one stream of one peer in the hours that may still grow.
 *
 * @param takes in the order of the peer's list
 */
record KnownStream(
        boolean live,
        Optional<UtcRange> span,
        List<KnownTake> takes,
        List<TakeEnd> ends,
        List<Unanswered> unanswered,
        Skipped skipped) {}
