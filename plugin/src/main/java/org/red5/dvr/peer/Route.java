package org.red5.dvr.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.red5.dvr.store.Skipped;

/**
 * The way that a question has come: what keeps it from going in a circle.
 *
 * @param passed the nodes that asked it on, the first asker first (CDN-Loop, RFC 8586)
 * @param asked nodes that a server on the way asks the same with {@link Scope#CHAIN}
 * @param hops how often it may be asked on, 0 or more
 */
public record Route(List<String> passed, Set<String> asked, int hops) {
    /** So long may a chain of servers be. */
    public static final int MOST_HOPS = 8;

    /** A viewer's question, which has passed no server yet. */
    public static final Route START = new Route(List.of(), Set.of(), MOST_HOPS);

    public Route {
        if (hops < 0) {
            throw new IllegalArgumentException("hops " + hops);
        }
        passed = List.copyOf(passed);
        asked = Set.copyOf(asked);
    }

    /** Whether a node may ask the question on. */
    public boolean mayGoOnFrom(String node) {
        return hops > 0 && !passed.contains(node);
    }

    /** Whether a node has the question already. */
    public boolean knows(String node) {
        return passed.contains(node) || asked.contains(node);
    }

    /**
     * Whether another question's answer is whole for this one: all servers that were skipped have this one as well.
     *
     * @param hops of the other question: this one may go no further if that ended there
     */
    public boolean isServedBy(Skipped skipped, int hops) {
        return (!skipped.isOutOfHops() || this.hops <= hops)
                && skipped.nodes().stream().allMatch(this::knows);
    }

    /**
     * The way as the next servers see it.
     *
     * @param node that asks on
     * @param askedNow the nodes that it asks with {@link Scope#CHAIN}
     */
    public Route from(String node, Set<String> askedNow) {
        List<String> nodes = new ArrayList<>(passed);
        nodes.add(node);
        Set<String> all = new TreeSet<>(asked);
        all.addAll(askedNow);
        return new Route(nodes, all, hops - 1);
    }
}
