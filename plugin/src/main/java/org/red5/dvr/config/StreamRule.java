package org.red5.dvr.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A {@code stream} block as written.
 *
 * @param glob the streams it is for
 * @param inputs in order of preference
 * @param window length of the live playlist; empty: the file's
 * @param sync empty: the file's
 * @param checkMount empty: the file's
 * @param republish empty: the file's
 */
public record StreamRule(
        StreamGlob glob,
        Optional<DvrRule> dvr,
        Optional<CacheRule> cache,
        List<InputRule> inputs,
        Optional<Duration> window,
        Optional<Sync> sync,
        Optional<Boolean> checkMount,
        Optional<Republish> republish) {
    public StreamRule {
        inputs = List.copyOf(inputs);
    }
}
