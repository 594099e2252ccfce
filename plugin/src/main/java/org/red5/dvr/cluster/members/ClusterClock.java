package org.red5.dvr.cluster.members;

import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.red5.dvr.time.Timing;

/**
 * The present where streams are recorded: an edge whose clock is off must not take what its sources have recorded for the future, or a
 * window that they still fill for one that is over. It is this server's clock unless the sources' differ by more than
 * {@value #TOLERANCE_SECONDS} s, so that differences that the way to them makes up move nothing. Any thread may call.
 */
public final class ClusterClock implements LongSupplier {
    static final long TOLERANCE_SECONDS = 2;
    private static final long TOLERANCE_MICROS = TOLERANCE_SECONDS * 1_000_000;

    private final Peers peers;
    private final Timing time;
    private final BooleanSupplier recordsHere;
    /** How far it is ahead of this server's clock. */
    private volatile long aheadMicros;

    /** @param recordsHere whether this server records by its own clock */
    public ClusterClock(Peers peers, Timing time, BooleanSupplier recordsHere) {
        this.peers = peers;
        this.time = time;
        this.recordsHere = recordsHere;
    }

    /** In microseconds since the Unix epoch. */
    @Override
    public long getAsLong() {
        OptionalLong sources = peers.all().stream()
                .filter(peer -> peer.state().isBelieved() && peer.heartbeatState() == Heartbeat.State.UP)
                .mapToLong(Peer::aheadMicros)
                .max();
        if (sources.isPresent()) {
            long ahead = recordsHere.getAsBoolean() ? Math.max(0, sources.getAsLong()) : sources.getAsLong();
            if (Math.abs(ahead - aheadMicros) > TOLERANCE_MICROS) {
                aheadMicros = ahead;
            }
        }
        return time.micros() + aheadMicros;
    }
}
