package org.red5.dvr.cluster.known;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts nodes into one order that agrees with every hour's list, each of which names those that have something in that hour in the
 * order of preference. So it does not matter which hours were listed together.
 */
final class NodeOrder {
    /** Which nodes stand before each in some list. */
    private final Map<String, Set<String>> before = new LinkedHashMap<>();

    private NodeOrder() {}

    /** @param lists one for each hour */
    static List<String> of(Iterable<? extends Iterable<String>> lists) {
        NodeOrder order = new NodeOrder();
        for (Iterable<String> list : lists) {
            order.add(list);
        }
        return order.sorted();
    }

    private void add(Iterable<String> list) {
        Set<String> earlier = new LinkedHashSet<>();
        for (String node : list) {
            before.computeIfAbsent(node, key -> new LinkedHashSet<>()).addAll(earlier);
            earlier.add(node);
        }
    }

    /** Always the first that none which is left stands before; where lists contradict each other, the first. */
    private List<String> sorted() {
        List<String> left = new ArrayList<>(before.keySet());
        List<String> order = new ArrayList<>(left.size());
        while (!left.isEmpty()) {
            String next = left.stream()
                    .filter(node -> left.stream()
                            .noneMatch(other -> !other.equals(node)
                                    && before.getOrDefault(node, Set.of()).contains(other)))
                    .findFirst()
                    .orElse(left.get(0));
            left.remove(next);
            order.add(next);
        }
        return order;
    }
}
