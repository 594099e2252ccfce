package org.red5.dvr.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;
import org.red5.dvr.replica.ReplicaCounts;

/** The meters of what is copied from other servers. */
final class ReplicaMeters {
    private ReplicaMeters() {}

    static void register(MeterRegistry registry, ReplicaCounts counts) {
        counter(
                registry,
                "dvr.replica.copied.segments",
                "Segments copied from sources",
                counts,
                ReplicaCounts::segments);
        counter(registry, "dvr.replica.copied.bytes", "Their bytes", counts, ReplicaCounts::bytes);
        counter(
                registry,
                "dvr.replica.wrong.segments",
                "Segments that came with other bytes than their index lists",
                counts,
                ReplicaCounts::wrongSegments);
        gauge(
                registry,
                "dvr.replica.left.segments",
                "Segments that sources have and that are still to be fetched, about",
                counts,
                ReplicaCounts::leftSegments);
        gauge(
                registry,
                "dvr.replica.lag.seconds",
                "How far the copy of a live stream is behind, of the one that is farthest",
                counts,
                ReplicaCounts::lagSeconds);
    }

    private static void counter(
            MeterRegistry registry, String name, String what, ReplicaCounts of, ToDoubleFunction<ReplicaCounts> value) {
        FunctionCounter.builder(name, of, value).description(what).register(registry);
    }

    private static void gauge(
            MeterRegistry registry, String name, String what, ReplicaCounts of, ToDoubleFunction<ReplicaCounts> value) {
        Gauge.builder(name, of, value).strongReference(true).description(what).register(registry);
    }
}
