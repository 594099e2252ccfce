package org.red5.dvr.cluster.ask;

import java.time.Duration;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Scope;

/**
 * How long an answer waits for peers. Media may take longer, as long as it comes.
 *
 * @param whenOthersHave for one that is slow, when something can be said without it
 * @param whenNobodyHas for any
 * @param mediaFromBehind for one that may have to get a segment from its own sources before it can begin to answer
 */
public record Budget(Duration whenOthersHave, Duration whenNobodyHas, Duration mediaFromBehind) {
    /** Of a viewer's question. */
    public static final Budget VIEWER =
            new Budget(Duration.ofMillis(700), Duration.ofSeconds(3), Duration.ofSeconds(10));

    /** So long a source that is well may take. */
    static final Duration LEAST_FOR_SOURCE = Duration.ofSeconds(2);

    /** Of a peer's question: each server on the way leaves some time to the one before it. */
    public static Budget of(Question question) {
        long most = question.timeout().toMillis() * 9 / 10;
        double share = Math.pow(0.8, question.route().passed().size());
        long some = (long) (VIEWER.whenOthersHave().toMillis() * share);
        return new Budget(
                Duration.ofMillis(Math.min(some, most)),
                Duration.ofMillis(Math.min(VIEWER.whenNobodyHas().toMillis(), most)),
                Duration.ofMillis(Math.min(VIEWER.mediaFromBehind().toMillis(), most)));
    }

    /**
     * The same for what a source is asked: it is not judged by an answer that another could not wait for, and those that
     * ask the same in the meantime have the answer too.
     */
    public Budget ofSource() {
        return new Budget(whenOthersHave, atLeast(whenNobodyHas), atLeast(mediaFromBehind));
    }

    private static Duration atLeast(Duration wanted) {
        return wanted.compareTo(LEAST_FOR_SOURCE) < 0 ? LEAST_FOR_SOURCE : wanted;
    }

    /** How long the head of a segment is waited for. */
    public Duration forMedia(Scope scope) {
        return scope == Scope.CHAIN ? mediaFromBehind : whenNobodyHas;
    }
}
