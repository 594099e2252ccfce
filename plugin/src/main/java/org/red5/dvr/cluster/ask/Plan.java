package org.red5.dvr.cluster.ask;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.Unanswered;

/**
 * Which peers are asked a question, in order of preference.
 *
 * @param asked those that may hold the answer
 * @param unanswered sources that are not asked because they do not work now, where only the one in use is asked
 * @param skipped servers that are not asked because they have the question already, or no more hops are left
 */
public record Plan(List<Asked> asked, List<Unanswered> unanswered, Skipped skipped) {
    public static final Plan NOBODY = new Plan(List.of(), List.of(), Skipped.NONE);

    /**
     * One source that is asked.
     *
     * @param peer which
     * @param stream the stream's name there
     * @param scope what for
     * @param route of the request
     * @param isCurrent whether it is the stream's source in use
     */
    public record Asked(Peer peer, StreamKey stream, Scope scope, Route route, boolean isCurrent) {}

    public Plan {
        asked = List.copyOf(asked);
        unanswered = List.copyOf(unanswered);
    }

    /**
     * One source as it is asked, as far as its answer depends on that: what it holds itself is the same whatever way the question
     * came.
     *
     * @param way of a question that it may ask on
     */
    public record Ask(PeerAddress peer, StreamKey stream, Scope scope, Optional<Route> way) {}

    /** What is asked. Two questions of which this is the same have one answer, and none waits in a circle by waiting for another's. */
    public List<Ask> asks() {
        return asked.stream()
                .map(one -> new Ask(
                        one.peer().address(),
                        one.stream(),
                        one.scope(),
                        one.scope() == Scope.CHAIN ? Optional.of(one.route()) : Optional.empty()))
                .toList();
    }

    public boolean isEmpty() {
        return asked.isEmpty() && unanswered.isEmpty();
    }

    /** Those that are asked, the one in use before the others. */
    public List<Asked> currentFirst() {
        return asked.stream()
                .sorted((a, b) -> Boolean.compare(b.isCurrent(), a.isCurrent()))
                .toList();
    }
}
