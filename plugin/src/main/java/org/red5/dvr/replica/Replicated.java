package org.red5.dvr.replica;

import org.red5.dvr.config.SourceRule;
import org.red5.dvr.timeline.StreamKey;

/**
 * A server whose archive is copied, and how.
 *
 * @param rule which of its streams are
 * @param pace at which what is missing is fetched
 */
record Replicated(ReplicaSource source, SourceRule rule, HourFiller.Pace pace) {
    boolean serves(StreamKey stream) {
        return rule.serves(stream);
    }

    /** In which order what is missing is fetched. */
    boolean isNewestFirst() {
        return rule.replication().isNewestFirst();
    }
}
