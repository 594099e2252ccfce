package org.red5.dvr.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** The meters of those who play, and of live streams between servers. */
final class AudienceMeters {
    private AudienceMeters() {}

    static void register(MeterRegistry registry, Audiences audiences) {
        gauge(registry, "dvr.rtmp.live.viewers", "Clients that play live over RTMP", Audiences::liveViewers, audiences);
        gauge(
                registry,
                "dvr.rtmp.past.viewers",
                "Clients that play recordings over RTMP",
                Audiences::pastViewers,
                audiences);
        gauge(
                registry,
                "dvr.hls.live.viewers",
                "Players that follow live playlists, about",
                Audiences::hlsViewers,
                audiences);
        gauge(registry, "dvr.live.relays", "Live streams that are pulled from sources", Audiences::relays, audiences);
        gauge(registry, "dvr.live.peers", "Live streams that go to peers", Audiences::peersServed, audiences);
        counter(
                registry,
                "dvr.live.relays.started",
                "Pulls of live streams that began",
                Audiences::relaysStarted,
                audiences);
        counter(
                registry,
                "dvr.live.peers.started",
                "Pulls by peers that began",
                Audiences::peersServedStarted,
                audiences);
    }

    private static void gauge(
            MeterRegistry registry, String name, String what, ToDoubleFunction<Audiences> value, Audiences of) {
        Gauge.builder(name, of, value).strongReference(true).description(what).register(registry);
    }

    private static void counter(
            MeterRegistry registry, String name, String what, ToDoubleFunction<Audiences> value, Audiences of) {
        FunctionCounter.builder(name, of, value).description(what).register(registry);
    }
}
