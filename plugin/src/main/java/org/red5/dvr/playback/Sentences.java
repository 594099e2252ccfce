package org.red5.dvr.playback;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.red5.dvr.timeline.UtcRange;

/** Parts of the sentences that tell a viewer why there is nothing to see. */
public final class Sentences {
    private static final int MAX_QUOTED_CHARS = 80;

    private Sentences() {}

    /** What somebody sent, fit to be shown: in quotes, short, on one line. */
    public static String quote(String text) {
        StringBuilder shown = new StringBuilder().append('"');
        text.codePoints()
                .limit(MAX_QUOTED_CHARS)
                .map(c -> isPrintable(c) ? c : '?')
                .forEach(shown::appendCodePoint);
        return shown.append(text.codePointCount(0, text.length()) > MAX_QUOTED_CHARS ? "…\"" : "\"")
                .toString();
    }

    /** An instant as people read it, to the second. */
    public static String instant(long utcMicros) {
        return Instant.ofEpochSecond(Math.floorDiv(utcMicros, 1_000_000L))
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }

    /** A range as people read it and as an address takes it. */
    public static String range(UtcRange range) {
        return instant(range.fromMicros()) + " to " + instant(range.toMicros()) + " (Unix seconds "
                + Math.floorDiv(range.fromMicros(), 1_000_000L) + " to "
                + Math.floorDiv(range.toMicros(), 1_000_000L) + ')';
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
