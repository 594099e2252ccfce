package org.red5.dvr.media;

/** Times of a track's timescale, against microseconds; exact for 64 bits and timescales up to 192 kHz. */
public final class Ticks {
    private static final long MICROS = 1_000_000;

    private Ticks() {}

    /** Microseconds since the Unix epoch to ticks since then, rounded to the nearest. */
    public static long ofMicros(long micros, int timescale) {
        long seconds = Math.floorDiv(micros, MICROS);
        long rest = Math.floorMod(micros, MICROS);
        return seconds * timescale + (rest * timescale + MICROS / 2) / MICROS;
    }

    /** Ticks since the Unix epoch to microseconds since then, rounded to the nearest. */
    public static long toMicros(long ticks, int timescale) {
        long seconds = Math.floorDiv(ticks, (long) timescale);
        long rest = Math.floorMod(ticks, (long) timescale);
        return seconds * MICROS + (rest * MICROS + timescale / 2) / timescale;
    }
}
