package org.red5.dvr.red5;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.metrics.Audiences;
import org.red5.dvr.playback.Audience;
import org.red5.dvr.red5.hooks.Playbacks;
import org.red5.dvr.relay.LiveRelay;
import org.red5.dvr.relay.LiveRelays;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnrecordedTrack;
import org.red5.dvr.web.HlsViewers;
import org.red5.dvr.web.StreamWatch;

/** Who plays what from this server, over RTMP, HLS and as a peer. Any thread may call. */
final class ServerAudience implements Audiences {
    private final Playbacks playbacks;
    private final HlsViewers hls;
    private volatile Optional<LiveRelays> relays = Optional.empty();

    ServerAudience(Playbacks playbacks, HlsViewers hls) {
        this.playbacks = playbacks;
        this.hls = hls;
    }

    /** From now on relays are counted too. */
    void count(LiveRelays counted) {
        relays = Optional.of(counted);
    }

    @Override
    public int liveViewers() {
        return playbacks.liveViewers();
    }

    @Override
    public int pastViewers() {
        return playbacks.pastViewers();
    }

    @Override
    public int hlsViewers() {
        return hls.all();
    }

    @Override
    public int relays() {
        return relays.map(all -> all.running().size()).orElse(0);
    }

    @Override
    public long relaysStarted() {
        return relays.map(LiveRelays::started).orElse(0L);
    }

    @Override
    public int peersServed() {
        return relays.map(LiveRelays::peersServed).orElse(0);
    }

    @Override
    public long peersServedStarted() {
        return relays.map(LiveRelays::peersServedStarted).orElse(0L);
    }

    private Audience of(StreamKey stream) {
        Playbacks.Count count = playbacks.of(stream);
        int peers = relays.map(all -> all.peersOf(stream)).orElse(0);
        Optional<String> from = relays.flatMap(all -> all.find(stream)).flatMap(LiveRelay::source);
        return new Audience(count.liveViewers(), count.pastViewers(), hls.of(stream), peers, count.started(), from);
    }

    /**
     * What HTTP clients are told, and tell.
     *
     * @param storageOf a stream's disk, and what was deleted
     * @param unrecordedOf a stream's tracks that are not recorded
     */
    StreamWatch watch(
            Function<StreamKey, StorageStatus> storageOf, Function<StreamKey, List<UnrecordedTrack>> unrecordedOf) {
        return new StreamWatch() {
            @Override
            public StorageStatus storage(StreamKey stream) {
                return storageOf.apply(stream);
            }

            @Override
            public Audience audience(StreamKey stream) {
                return of(stream);
            }

            @Override
            public List<UnrecordedTrack> unrecordedTracks(StreamKey stream) {
                return unrecordedOf.apply(stream);
            }

            @Override
            public void followed(StreamKey stream, HttpRequest request) {
                hls.asked(stream, request);
            }
        };
    }
}
