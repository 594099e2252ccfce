package org.red5.dvr.peer;

import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * What tells a server from another of its name, and from itself before its last start: a random word that each start makes. It is
 * no name, and is shown to no person.
 *
 * @param value letters, digits and dashes, at most 32
 */
public record InstanceId(String value) {
    /** A regular expression for one, to stand in others. */
    public static final String FORM = "[A-Za-z0-9-]{1,32}";

    private static final Pattern WORD = Pattern.compile(FORM);

    public InstanceId {
        if (!WORD.matcher(value).matches()) {
            throw new IllegalArgumentException("an identity of " + value.length() + " characters is none");
        }
    }

    /** The identity that a text is; empty when it is none. */
    public static Optional<InstanceId> parse(String text) {
        return WORD.matcher(text).matches() ? Optional.of(new InstanceId(text)) : Optional.empty();
    }

    /** One that no other start has: 64 random bits. */
    public static InstanceId random(RandomGenerator random) {
        return new InstanceId(String.format("%016x", random.nextLong()));
    }

    @Override
    public String toString() {
        return value;
    }
}
