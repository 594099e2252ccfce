package org.red5.dvr.peer.server;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/**
 * The heartbeat of a server that asks no other. What the archive holds is looked up by {@link #refresh}, once a second, so that a slow disk
 * never delays it; what is live is told as it is. Any thread may call.
 */
public final class LocalStatus implements Supplier<PeerStatus> {
    private final LocalArchive archive;
    private final LongSupplier changesOfClosed;
    private final LiveFeeds feeds;
    private final String node;
    private final InstanceId instance;
    private final SegmentGrid grid;
    private final Clock clock;
    private final long startedUtcMillis;
    private volatile Known known;

    /**
     * @param streams the streams that are in the archive
     * @param closedChanges how often closed hours have changed
     * @param changedUtcMillis when they changed last
     */
    private record Known(List<StreamKey> streams, long closedChanges, long changedUtcMillis) {}

    /**
     * @param changesOfClosed grows whenever what was told of closed hours is not true any more
     * @param feeds what is published to this server, recorded or not
     * @param instance this server's identity
     */
    public LocalStatus(
            LocalArchive archive,
            LongSupplier changesOfClosed,
            LiveFeeds feeds,
            String node,
            InstanceId instance,
            SegmentGrid grid,
            Clock clock) {
        this.archive = archive;
        this.changesOfClosed = changesOfClosed;
        this.feeds = feeds;
        this.node = node;
        this.instance = instance;
        this.grid = grid;
        this.clock = clock;
        this.startedUtcMillis = clock.millis();
        this.known = new Known(List.of(), 0, startedUtcMillis);
    }

    /** Looks up what there is; reads the disk. One thread at a time. */
    public void refresh() {
        Known before = known;
        List<StreamKey> streams = List.copyOf(archive.streams());
        long changes = changesOfClosed.getAsLong();
        long changed = changes == before.closedChanges() ? before.changedUtcMillis() : clock.millis();
        known = new Known(streams, changes, changed);
    }

    @Override
    public PeerStatus get() {
        Known now = known;
        Set<StreamKey> all = new TreeSet<>(now.streams());
        all.addAll(feeds.published());
        List<PeerStatus.Stream> streams = all.stream()
                .map(stream -> new PeerStatus.Stream(stream, feeds.isLive(stream), List.of(node)))
                .toList();
        return new PeerStatus(
                node,
                instance,
                clock.millis(),
                startedUtcMillis,
                grid.periodMillis(),
                Map.of(node, new NodeChanges(now.changedUtcMillis(), 0)),
                List.of(),
                PeerStatus.tagOf(streams),
                Optional.of(streams));
    }
}
