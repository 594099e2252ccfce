package org.red5.dvr.config;

import java.util.OptionalLong;

/**
 * How a source's archive is copied where something is missing.
 *
 * @param isNewestFirst whether the newest hours come first, else the oldest do
 * @param bitsPerSecond the most that is fetched; empty: as fast as it comes
 */
public record Replication(boolean isNewestFirst, OptionalLong bitsPerSecond) {
    /** The newest first, without a limit. */
    public static final Replication DEFAULT = new Replication(true, OptionalLong.empty());

    public Replication {
        if (bitsPerSecond.isPresent() && bitsPerSecond.getAsLong() < 1) {
            throw new IllegalArgumentException("a speed of " + bitsPerSecond.getAsLong());
        }
    }
}
