package org.red5.dvr.timeline;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Identifies a take, an unbroken run of segments of one stream: when it starts and which server recorded it, as in
 * {@code 20261122T131502123Z-origin}. Sorts by time; unique in a cluster; fit for a file name and a URL as it stands.
 *
 * @param value the identifier: start in UTC to the millisecond, a dash, the node's name
 */
public record TakeId(String value) implements Comparable<TakeId> {
    private static final Pattern FORM = Pattern.compile("\\d{8}T\\d{9}Z-" + ServerName.FORM);
    private static final int START_LENGTH = 19;
    private static final DateTimeFormatter START =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

    public TakeId {
        if (!isTake(value)) {
            throw new IllegalArgumentException("not a take: \"" + value + '"');
        }
    }

    /** A take that starts at an instant (in microseconds since the Unix epoch) on the named server. */
    public static TakeId of(long startUtcMicros, String node) {
        String start = START.format(Instant.ofEpochMilli(Math.floorDiv(startUtcMicros, 1_000L)));
        String safe = ServerName.withoutOthers(node);
        if (safe.isEmpty() || !Character.isLetterOrDigit(safe.charAt(0))) {
            safe = 'n' + safe;
        }
        return new TakeId(start + '-' + safe.substring(0, Math.min(safe.length(), ServerName.MOST_CHARS)));
    }

    /** The identifier in a file's name or a URL, empty when the text is none. */
    public static Optional<TakeId> parse(String text) {
        return isTake(text) ? Optional.of(new TakeId(text)) : Optional.empty();
    }

    /** When the take starts, in milliseconds since the Unix epoch. */
    public long startUtcMillis() {
        return Instant.from(START.parse(value.substring(0, START_LENGTH))).toEpochMilli();
    }

    private static boolean isTake(String text) {
        if (!FORM.matcher(text).matches()) {
            return false;
        }
        try {
            START.parse(text.substring(0, START_LENGTH));
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    @Override
    public int compareTo(TakeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
