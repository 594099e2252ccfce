package org.red5.dvr.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What holds for one stream: the most specific {@code stream} block, completed by what stands outside of blocks.
 *
 * @param dvr where it is recorded; empty: it is not
 * @param inputs where it is pulled from, in order of preference; empty: it is published
 * @param window length of the live playlist
 * @param sync when recorded bytes are forced to the disk
 * @param checkMount whether the path of {@code dvr} must be a mounted file system
 * @param republish who gets its name when two publish it
 */
public record StreamSettings(
        Optional<DvrRule> dvr,
        List<InputRule> inputs,
        Duration window,
        Sync sync,
        boolean checkMount,
        Republish republish) {
    public StreamSettings {
        inputs = List.copyOf(inputs);
    }
}
