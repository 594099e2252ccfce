package org.red5.dvr.peer;

/**
 * When something changed last that makes lists of a server untrue, in milliseconds since the Unix epoch by that server's clock; 0 where
 * nothing is known to have changed.
 *
 * @param hoursUtcMillis closed hours were deleted or restored, or the server started
 * @param sourcesUtcMillis one of its sources came or went, or another one is in use
 */
public record NodeChanges(long hoursUtcMillis, long sourcesUtcMillis) {
    /** The later ones of two reports. */
    public NodeChanges latest(NodeChanges other) {
        return new NodeChanges(
                Math.max(hoursUtcMillis, other.hoursUtcMillis), Math.max(sourcesUtcMillis, other.sourcesUtcMillis));
    }

    /** Without what it gets from its sources. */
    public NodeChanges ofItself() {
        return new NodeChanges(hoursUtcMillis, 0);
    }
}
