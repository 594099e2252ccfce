package org.red5.dvr.config.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.SourceRule;
import org.red5.dvr.config.StreamRule;

/** Says in one line what another configuration changes; keys and passwords are not shown. */
final class ConfigurationChange {
    private final List<String> changes = new ArrayList<>();

    private ConfigurationChange() {}

    /** For instance {@code window, stream live/camera: dvr window, source streamer:8081 added}. */
    static String between(DvrConfiguration before, DvrConfiguration now) {
        ConfigurationChange change = new ConfigurationChange();
        change.compare("cluster_key", before.clusterKey(), now.clusterKey());
        change.compare("window", before.window(), now.window());
        change.compare("sync", before.sync(), now.sync());
        change.compare("check_mount", before.checkMount(), now.checkMount());
        change.compare("republish", before.republish(), now.republish());
        change.compare("edit_auth", before.editAuth(), now.editAuth());
        change.compare("cors", before.cors(), now.cors());
        change.compareAll("stream", streams(before), streams(now), ConfigurationChange::parts);
        change.compareAll("source", sources(before), sources(now), ConfigurationChange::parts);
        return change.changes.isEmpty() ? "nothing that has an effect" : String.join(", ", change.changes);
    }

    private void compare(String directive, Object before, Object now) {
        if (!before.equals(now)) {
            changes.add(directive);
        }
    }

    private <T> void compareAll(
            String directive, Map<String, T> before, Map<String, T> now, Function<T, Map<String, Object>> parts) {
        Set<String> names = new LinkedHashSet<>(before.keySet());
        names.addAll(now.keySet());
        for (String name : names) {
            T old = before.get(name);
            T present = now.get(name);
            if (old == null || present == null) {
                changes.add(directive + ' ' + name + (old == null ? " added" : " removed"));
            } else if (!old.equals(present)) {
                changes.add(directive + ' ' + name + ": " + differing(parts.apply(old), parts.apply(present)));
            }
        }
        List<String> order = new ArrayList<>(before.keySet());
        order.retainAll(now.keySet());
        List<String> orderNow = new ArrayList<>(now.keySet());
        orderNow.retainAll(before.keySet());
        compare("order of " + directive + " blocks", order, orderNow);
    }

    private static String differing(Map<String, Object> before, Map<String, Object> now) {
        return String.join(
                " ",
                now.keySet().stream()
                        .filter(part -> !Objects.equals(before.get(part), now.get(part)))
                        .toList());
    }

    private static Map<String, StreamRule> streams(DvrConfiguration configuration) {
        Map<String, StreamRule> rules = new LinkedHashMap<>();
        configuration.streams().all().forEach(rule -> rules.put(rule.glob().toString(), rule));
        return rules;
    }

    private static Map<String, SourceRule> sources(DvrConfiguration configuration) {
        Map<String, SourceRule> rules = new LinkedHashMap<>();
        configuration.sources().forEach(rule -> rules.put(rule.peer().toString(), rule));
        return rules;
    }

    private static Map<String, Object> parts(StreamRule rule) {
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("dvr", rule.dvr());
        parts.put("cache", rule.cache());
        parts.put("input", rule.inputs());
        parts.put("window", rule.window());
        parts.put("sync", rule.sync());
        parts.put("check_mount", rule.checkMount());
        parts.put("republish", rule.republish());
        return parts;
    }

    private static Map<String, Object> parts(SourceRule rule) {
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("remote_dvr", rule.remoteDvr());
        parts.put("only", rule.only());
        parts.put("except", rule.except());
        parts.put("dvr", rule.dvr());
        parts.put("cache", rule.cache());
        parts.put("backfill", rule.replication().isNewestFirst());
        parts.put("replication_speed", rule.replication().bitsPerSecond());
        return parts;
    }
}
