package org.red5.dvr.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A segment cache: its directory and at least one limit.
 *
 * @param root absolute, normalized directory, no archive's; may not exist yet
 * @param age what nobody has asked for so long is not kept
 * @param bytes the most bytes it takes, from 1
 */
public record CacheRule(Path root, Optional<Duration> age, OptionalLong bytes) {
    public CacheRule {
        if (!root.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: " + root);
        }
        if (age.isEmpty() && bytes.isEmpty()) {
            throw new IllegalArgumentException("a cache without a limit: " + root);
        }
    }
}
