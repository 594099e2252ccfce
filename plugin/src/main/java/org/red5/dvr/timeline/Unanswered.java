package org.red5.dvr.timeline;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A server that should have been asked and did not answer; what it holds is unknown.
 *
 * @param server its node, or its address while that is not known
 * @param why a short phrase for a person
 */
public record Unanswered(String server, String why) {
    /** Adds one to a list, unless its server is in it. */
    public static void add(List<Unanswered> all, Unanswered one) {
        if (all.stream().noneMatch(known -> known.server.equals(one.server))) {
            all.add(one);
        }
    }

    /** Some of them for a person: {@code b1 (connection refused), b2 (no answer within 800 ms)}. */
    public static String list(List<Unanswered> all) {
        return all.stream().map(one -> one.server + " (" + one.why + ')').collect(Collectors.joining(", "));
    }
}
