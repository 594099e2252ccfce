package org.red5.dvr.timeline;

/** Hours of UTC, counted since the Unix epoch: what an archive keeps and deletes as a whole. */
public final class UtcHour {
    public static final long MILLIS = 3_600_000L;
    public static final long MICROS = MILLIS * 1_000;

    private UtcHour() {}

    /**
     * The hour in which an instant lies.
     *
     * @param utcMicros microseconds since the Unix epoch
     */
    public static long at(long utcMicros) {
        return Math.floorDiv(utcMicros, MICROS);
    }

    /** When an hour begins, in microseconds since the Unix epoch. */
    public static long startMicros(long hour) {
        return hour * MICROS;
    }
}
