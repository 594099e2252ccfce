package org.red5.dvr.store;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which servers were not asked for an answer, so that it may hold less than another.
 *
 * @param nodes that had the question already
 * @param isOutOfHops whether others were not because it had been asked on often enough
 */
public record Skipped(Set<String> nodes, boolean isOutOfHops) {
    public static final Skipped NONE = new Skipped(Set.of(), false);

    public Skipped {
        nodes = Set.copyOf(nodes);
    }

    public boolean isNone() {
        return nodes.isEmpty() && !isOutOfHops;
    }

    /** This and that. */
    public Skipped and(Skipped other) {
        if (other.isNone()) {
            return this;
        }
        Set<String> all = new HashSet<>(nodes);
        all.addAll(other.nodes);
        return new Skipped(all, isOutOfHops || other.isOutOfHops);
    }

    /** Of the nodes those alone that fulfil a condition. */
    public Skipped only(Predicate<String> condition) {
        Set<String> some = new HashSet<>(nodes);
        some.removeIf(condition.negate());
        return new Skipped(some, isOutOfHops);
    }
}
