package org.red5.dvr.timeline;

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

    public long durationMicros() {
        return toMicros - fromMicros;
    }

    public boolean intersects(long otherFromMicros, long otherToMicros) {
        return otherFromMicros < toMicros && fromMicros < otherToMicros;
    }
}
