package org.red5.dvr.media.flv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * NAL units that came in packets without a picture: they belong in front of the next one. When there are too many without
 * one, they are given up. Used by one thread.
 */
final class PrefixUnits {
    private static final int MOST_BYTES = 64 << 10;
    /** A picture that comes so much later, or earlier, is not the one that was meant. */
    private static final int MOST_WAIT_MILLIS = 10_000;

    private final List<byte[]> units = new ArrayList<>();
    private int bytes;
    private int timestampMillis;

    boolean isEmpty() {
        return units.isEmpty();
    }

    void add(int millis, byte[] data, int start, int end) {
        if (bytes + end - start > MOST_BYTES) {
            clear();
        }
        if (end - start <= MOST_BYTES) {
            units.add(Arrays.copyOfRange(data, start, end));
            bytes += end - start;
            timestampMillis = millis;
        }
    }

    /** Gives those for a picture, and forgets them. */
    List<byte[]> take(int pictureMillis) {
        int later = pictureMillis - timestampMillis;
        List<byte[]> taken = later >= 0 && later <= MOST_WAIT_MILLIS ? List.copyOf(units) : List.of();
        clear();
        return taken;
    }

    private void clear() {
        units.clear();
        bytes = 0;
    }
}
