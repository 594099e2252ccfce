package org.red5.dvr.timeline;

import java.util.Optional;

/**
 * A half-open range of time, in microseconds since the Unix epoch.
 *
 * @param fromMicros first instant in the range
 * @param toMicros first instant behind it, not before {@code fromMicros}
 */
public record UtcRange(long fromMicros, long toMicros) {
    public UtcRange {
        if (toMicros < fromMicros) {
            throw new IllegalArgumentException("range ends before it begins: " + fromMicros + ".." + toMicros);
        }
    }

    public static UtcRange ofSeconds(long fromSeconds, long durationSeconds) {
        return new UtcRange(fromSeconds * 1_000_000, (fromSeconds + durationSeconds) * 1_000_000);
    }

    /** From the beginning of the first of two to the end of the last; empty when there is none. */
    public static Optional<UtcRange> spanning(Optional<UtcRange> one, Optional<UtcRange> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.or(() -> other);
        }
        return Optional.of(new UtcRange(
                Math.min(one.get().fromMicros, other.get().fromMicros),
                Math.max(one.get().toMicros, other.get().toMicros)));
    }

    public long durationMicros() {
        return toMicros - fromMicros;
    }

    public boolean intersects(long otherFromMicros, long otherToMicros) {
        return otherFromMicros < toMicros && fromMicros < otherToMicros;
    }
}
