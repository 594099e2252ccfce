package org.red5.dvr.config;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What becomes of a publisher that asks for a name which another one has.
 *
 * @param silence it takes the name over when the other one has sent no media for so long; empty: it is refused
 */
public record Republish(Optional<Duration> silence) {
    /** Encoders come back within seconds. */
    public static final Republish DEFAULT = new Republish(Optional.of(Duration.ofSeconds(3)));

    public static final Republish REFUSE = new Republish(Optional.empty());

    /** Whether the name goes to the one that asks. */
    public boolean gives(Predicate<Duration> isSilentFor) {
        return silence.filter(isSilentFor).isPresent();
    }
}
