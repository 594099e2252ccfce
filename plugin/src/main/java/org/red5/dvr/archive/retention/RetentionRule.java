package org.red5.dvr.archive.retention;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How much is kept of the streams that one directive of the configuration covers. Any limit that is given lets the oldest
 * hour go when it is passed.
 *
 * @param directive names the directive: its limits cover all streams with an equal rule on one root
 * @param ageMicros what is older goes
 * @param bytes the most bytes of all these streams together
 * @param diskPercent the most of the root's file system in use, by whatever files
 */
public record RetentionRule(String directive, OptionalLong ageMicros, OptionalLong bytes, OptionalInt diskPercent) {}
