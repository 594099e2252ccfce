package org.red5.dvr.playback.hls;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;

/** Bytes of a playlist as they are written; numbers and times go in without a detour through text. */
final class PlaylistBuffer {
    private static final long MILLIS_PER_DAY = 86_400_000;

    private byte[] bytes;
    private int length;
    /** The date that was written last, and its day since the Unix epoch. */
    private byte[] date = {};

    private long dateDay = Long.MIN_VALUE;

    PlaylistBuffer(int capacityBytes) {
        bytes = new byte[capacityBytes];
    }

    /** Text of ASCII characters only. */
    PlaylistBuffer text(String ascii) {
        byte[] text = ascii.getBytes(StandardCharsets.ISO_8859_1);
        return bytes(text);
    }

    PlaylistBuffer bytes(byte[] more) {
        reserve(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    PlaylistBuffer number(long value) {
        if (value < 0) {
            reserve(1);
            bytes[length++] = '-';
            return number(-value);
        }
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        return digits(value, digits);
    }

    /** Milliseconds as seconds with three decimals. */
    PlaylistBuffer seconds(long millis) {
        number(millis / 1_000);
        return fraction(millis % 1_000);
    }

    /** An instant in UTC as ISO 8601 has it, to the millisecond. */
    PlaylistBuffer instant(long utcMillis) {
        long day = Math.floorDiv(utcMillis, MILLIS_PER_DAY);
        if (day != dateDay) {
            date = (LocalDate.ofEpochDay(day) + "T").getBytes(StandardCharsets.ISO_8859_1);
            dateDay = day;
        }
        int millis = (int) Math.floorMod(utcMillis, MILLIS_PER_DAY);
        bytes(date).digits(millis / 3_600_000, 2).mark(':').digits(millis / 60_000 % 60, 2);
        return mark(':').digits(millis / 1_000 % 60, 2).fraction(millis % 1_000).mark('Z');
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private PlaylistBuffer fraction(long millis) {
        return mark('.').digits(millis, 3);
    }

    private PlaylistBuffer mark(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    private PlaylistBuffer digits(long value, int count) {
        reserve(count);
        long rest = value;
        for (int i = length + count - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += count;
        return this;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
        }
    }
}
