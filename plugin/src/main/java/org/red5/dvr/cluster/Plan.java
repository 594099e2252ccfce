package org.red5.dvr.cluster;

import java.util.List;
import java.util.Set;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Unanswered;

/**
 * Who is asked a question, in order of preference.
 *
 * @param asked who may hold the answer
 * @param unanswered sources that are not asked because they do not work now, where only the one in use is asked
 * @param spared nodes that are not asked because they have the question already, and {@link Route#NO_HOPS}
 */
record Plan(List<Asked> asked, List<Unanswered> unanswered, Set<String> spared) {
    static final Plan NOBODY = new Plan(List.of(), List.of(), Set.of());

    /**
     * One source that is asked.
     *
     * @param peer whom
     * @param stream the stream's name there
     * @param scope what for
     * @param route of the request
     * @param isCurrent whether it is the stream's source in use
     */
    record Asked(Peer peer, StreamKey stream, Scope scope, Route route, boolean isCurrent) {}

    Plan {
        asked = List.copyOf(asked);
        unanswered = List.copyOf(unanswered);
        spared = Set.copyOf(spared);
    }

    boolean isEmpty() {
        return asked.isEmpty() && unanswered.isEmpty();
    }

    /** Those that are asked, the one in use before the others. */
    List<Asked> currentFirst() {
        return asked.stream()
                .sorted((a, b) -> Boolean.compare(b.isCurrent(), a.isCurrent()))
                .toList();
    }
}
