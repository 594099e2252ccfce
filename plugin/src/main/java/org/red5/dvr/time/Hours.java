package org.red5.dvr.time;

/** Hours since the Unix epoch, as hour files are counted. */
public final class Hours {
    public static final long SECONDS = 3_600;
    public static final long MILLIS = SECONDS * 1_000;
    public static final long MICROS = MILLIS * 1_000;
    /** So long behind its end an hour may still get its last segment; a server closes it after a minute. */
    private static final long SETTLING_MICROS = 70_000_000L;

    private Hours() {}

    /** The hour that an instant lies in. */
    public static long at(long utcMicros) {
        return Math.floorDiv(utcMicros, MICROS);
    }

    /** When an hour begins, in microseconds since the Unix epoch. */
    public static long beginMicros(long hour) {
        return hour * MICROS;
    }

    /** The last hour that gets no more segments. */
    public static long lastSettled(long nowMicros) {
        return at(nowMicros - SETTLING_MICROS) - 1;
    }
}
