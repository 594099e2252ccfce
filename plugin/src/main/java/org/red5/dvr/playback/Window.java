package org.red5.dvr.playback;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.playback.PlaybackException.Kind;

/**
 * A window of time as a resource's name asks for it. Times are Unix seconds, or milliseconds where they have thirteen digits,
 * durations seconds, all with any number of decimals.
 */
public sealed interface Window {
    /** No window of a playlist is longer: seven days. */
    long MAX_MICROS = 7 * 86_400 * 1_000_000L;

    /** Whether its beginning moves with the clock. */
    default boolean slides() {
        return this instanceof Live || this instanceof Rewind;
    }

    /** Whether what a limit has deleted of its beginning goes from a list of it. */
    default boolean losesHead() {
        return slides() || this instanceof LosingHead;
    }

    /** The same as a list of a type, which only a window that grows has. */
    default Window as(ListType type) {
        return type == ListType.LIVE && !slides() ? new LosingHead(this) : this;
    }

    /** The same as it was asked for. */
    default Window asked() {
        return this instanceof LosingHead losing ? losing.window() : this;
    }

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

    /** A window that grows, as a list of type {@link ListType#LIVE}: another list than the same window's EVENT. */
    record LosingHead(Window window) implements Window {}

    /** {@code rewind-<ago>}: slides along with the clock. */
    record Rewind(long agoMicros) implements Window {}

    /**
     * The window that a name asks for; empty when the name is none of a window.
     *
     * @param name a resource's name without its extension, for example {@code archive-1763817600-60}
     * @throws PlaybackException when it is one but makes no sense
     */
    static Optional<Window> parse(String name) throws PlaybackException {
        return parse(name, MAX_MICROS);
    }

    /** The window of a download, which may have any length; empty when the name is none of a past window. */
    static Optional<Window> parseDownload(String name) throws PlaybackException {
        return name.startsWith("archive-") ? parse(name, Long.MAX_VALUE) : Optional.empty();
    }

    private static Optional<Window> parse(String name, long mostMicros) throws PlaybackException {
        if (name.equals("index")) {
            return Optional.of(new Live());
        }
        if (name.startsWith("rewind-")) {
            return Optional.of(new Rewind(duration(name.substring("rewind-".length()), mostMicros)));
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
                archive.group(2).equals("now")
                        ? new Since(from)
                        : new Past(from, duration(archive.group(2), mostMicros)));
    }

    /** An instant in Unix seconds or milliseconds, as microseconds. */
    static long instant(String text) throws PlaybackException {
        BigDecimal number = number("time", text);
        if (number.signum() < 0) {
            throw bad("The time " + Sentences.quote(text) + " is negative: Unix seconds are expected.");
        }
        boolean isMillis = number.compareTo(Parsing.LEAST_MILLIS) >= 0 && number.compareTo(Parsing.TOO_LARGE) < 0;
        return micros("time", text, isMillis ? number.movePointLeft(3) : number);
    }

    private static long duration(String text, long mostMicros) throws PlaybackException {
        long micros = micros("duration", text, number("duration", text));
        if (micros <= 0) {
            throw bad("The duration " + Sentences.quote(text) + " is not above zero.");
        }
        if (micros > mostMicros) {
            throw bad("The duration " + Sentences.quote(text) + " is longer than 7 days (604800 seconds).");
        }
        return micros;
    }

    private static BigDecimal number(String what, String text) throws PlaybackException {
        if (text.length() > Parsing.MOST_CHARS || !Parsing.NUMBER.matcher(text).matches()) {
            throw bad("The " + what + ' ' + Sentences.quote(text) + " is not a number of seconds.");
        }
        return new BigDecimal(text);
    }

    /** What is less than a microsecond does not count. */
    private static long micros(String what, String text, BigDecimal seconds) throws PlaybackException {
        if (seconds.abs().compareTo(Parsing.LATEST_SECONDS) >= 0) {
            throw bad("The " + what + ' ' + Sentences.quote(text) + " is too large for a number of seconds.");
        }
        return seconds.movePointRight(6).longValue();
    }

    private static PlaybackException bad(String sentence) {
        return new PlaybackException(Kind.BAD_REQUEST, sentence);
    }

    /** The forms that names and numbers have. */
    final class Parsing {
        private static final Pattern ARCHIVE = Pattern.compile("archive-(-?[^-]*)-(-?[^-]*)");
        private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");
        /** Programs that know no better write a double with all its digits. */
        private static final int MOST_CHARS = 100;
        /** The year 5138; microseconds must fit a long. */
        private static final BigDecimal LATEST_SECONDS = BigDecimal.TEN.pow(11);
        /** From here on a time has thirteen digits: milliseconds from the year 2001 on. */
        private static final BigDecimal LEAST_MILLIS = BigDecimal.TEN.pow(12);

        private static final BigDecimal TOO_LARGE = BigDecimal.TEN.pow(13);

        private Parsing() {}
    }
}
