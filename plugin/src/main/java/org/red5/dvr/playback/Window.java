package org.red5.dvr.playback;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.playback.PlaybackException.Kind;

/**
 * A window of time as a resource's name asks for it. Times are Unix seconds, durations seconds, both with at most three
 * decimals.
 */
public sealed interface Window {
    /** No window is longer: seven days. */
    long MAX_MICROS = 7 * 86_400 * 1_000_000L;

    /** {@code index}: now, with as much behind it as is configured. */
    record Live() implements Window {}

    /** {@code archive-<from>-<duration>}: finite. */
    record Past(long fromMicros, long durationMicros) implements Window {
        public long toMicros() {
            return fromMicros + durationMicros;
        }
    }

    /** {@code archive-<from>-now}: grows until the stream ends. */
    record Since(long fromMicros) implements Window {}

    /** {@code rewind-<ago>}: slides along with the clock. */
    record Rewind(long agoMicros) implements Window {}

    /**
     * The window that a name asks for; empty when the name is none of a window.
     *
     * @param name a resource's name without its extension, for example {@code archive-1763817600-60}
     * @throws PlaybackException when it is one but makes no sense
     */
    static Optional<Window> parse(String name) throws PlaybackException {
        if (name.equals("index")) {
            return Optional.of(new Live());
        }
        if (name.startsWith("rewind-")) {
            return Optional.of(new Rewind(duration(name.substring("rewind-".length()))));
        }
        if (!name.startsWith("archive-")) {
            return Optional.empty();
        }
        Matcher archive = Parsing.ARCHIVE.matcher(name);
        if (!archive.matches()) {
            throw bad("The name of a past window is archive-<from>-<duration> or archive-<from>-now, in seconds.");
        }
        long from = instant(archive.group(1));
        return Optional.of(
                archive.group(2).equals("now") ? new Since(from) : new Past(from, duration(archive.group(2))));
    }

    /** An instant in Unix seconds, as microseconds. */
    static long instant(String text) throws PlaybackException {
        long micros = micros("time", text);
        if (micros < 0) {
            throw bad("The time " + Sentences.quote(text) + " is negative: Unix seconds are expected.");
        }
        return micros;
    }

    private static long duration(String text) throws PlaybackException {
        long micros = micros("duration", text);
        if (micros <= 0) {
            throw bad("The duration " + Sentences.quote(text) + " is not above zero.");
        }
        if (micros > MAX_MICROS) {
            throw bad("The duration " + Sentences.quote(text) + " is longer than 7 days (604800 seconds).");
        }
        return micros;
    }

    private static long micros(String what, String text) throws PlaybackException {
        if (!Parsing.NUMBER.matcher(text).matches()) {
            throw bad("The " + what + ' ' + Sentences.quote(text) + " is not a number of seconds.");
        }
        if (Parsing.TOO_LARGE.matcher(text).lookingAt()) {
            throw bad("The " + what + ' ' + Sentences.quote(text) + " is too large for a number of seconds.");
        }
        return new BigDecimal(text).movePointRight(6).longValueExact();
    }

    private static PlaybackException bad(String sentence) {
        return new PlaybackException(Kind.BAD_REQUEST, sentence);
    }

    /** The forms that names and numbers have. */
    final class Parsing {
        private static final Pattern ARCHIVE = Pattern.compile("archive-(-?[^-]*)-(-?[^-]*)");
        private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d{1,3})?");
        /** A time of so many digits is not in seconds but milliseconds; and microseconds must fit a long. */
        private static final Pattern TOO_LARGE = Pattern.compile("-?\\d{12}");

        private Parsing() {}
    }
}
