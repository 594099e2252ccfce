package org.red5.dvr.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How much of an archive is kept: any of three limits, each of which alone lets the oldest hour go. None: all is kept.
 *
 * @param age what is older goes
 * @param bytes the most bytes on the path, from 1
 * @param diskPercent the most of the path's disk in use, by whatever files, 1 to 100
 */
public record Retention(Optional<Duration> age, OptionalLong bytes, OptionalInt diskPercent) {
    /** Nothing is ever deleted. */
    public static final Retention UNLIMITED =
            new Retention(Optional.empty(), OptionalLong.empty(), OptionalInt.empty());

    public Retention {
        if (age.isPresent() && (age.get().isNegative() || age.get().isZero())) {
            throw new IllegalArgumentException("an age is longer than nothing: " + age.get());
        }
        if (bytes.isPresent() && bytes.getAsLong() < 1) {
            throw new IllegalArgumentException("a limit of " + bytes.getAsLong() + " bytes");
        }
        if (diskPercent.isPresent() && (diskPercent.getAsInt() < 1 || diskPercent.getAsInt() > 100)) {
            throw new IllegalArgumentException("a disk share of " + diskPercent.getAsInt() + " % is not in 1..100");
        }
    }
}
