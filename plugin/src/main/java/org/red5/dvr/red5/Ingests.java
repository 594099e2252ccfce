package org.red5.dvr.red5;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.red5.dvr.metrics.IngestHealth;
import org.red5.dvr.red5.fixes.NetworkThreads;
import org.red5.dvr.red5.hooks.Publishes;
import org.red5.dvr.timeline.StreamKey;

/** Sees whether what is published comes in. Any thread may call. */
final class Ingests implements IngestHealth {
    private static final Duration SILENT = Duration.ofSeconds(10);
    /** So many streams are named. */
    private static final int MOST_NAMED = 10;

    private final Publishes publishes;
    private final NetworkThreads network;

    Ingests(Publishes publishes, NetworkThreads network) {
        this.publishes = publishes;
        this.network = network;
    }

    /** To be called now and then. */
    void look() {
        network.look();
    }

    @Override
    public List<String> troubles() {
        return network.troubles();
    }

    @Override
    public List<String> warnings() {
        List<StreamKey> silent = publishes.silent(SILENT);
        if (silent.isEmpty()) {
            return List.of();
        }
        String names = silent.stream()
                .limit(MOST_NAMED)
                .map(StreamKey::toString)
                .collect(Collectors.joining(", ", "", silent.size() > MOST_NAMED ? ", …" : ""));
        return List.of("published, and nothing comes for " + SILENT.toSeconds() + " s and more: " + silent.size()
                + (silent.size() == 1 ? " stream, " : " streams, ") + names);
    }
}
