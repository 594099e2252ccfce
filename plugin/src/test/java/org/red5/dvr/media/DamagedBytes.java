package org.red5.dvr.media;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes broken variants of bytes that are whole, the same for the same seed. */
public final class DamagedBytes {
    private DamagedBytes() {}

    /** Every beginning, from nothing to all but the last byte. */
    public static List<byte[]> beginnings(byte[] whole) {
        List<byte[]> beginnings = new ArrayList<>();
        for (int length = 0; length < whole.length; length++) {
            beginnings.add(Arrays.copyOf(whole, length));
        }
        return beginnings;
    }

    /** Some bits flipped, some bytes replaced, sometimes cut off or made longer. */
    public static byte[] damage(byte[] whole, Random random) {
        byte[] damaged = whole.clone();
        for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
            int at = random.nextInt(damaged.length);
            damaged[at] = switch (random.nextInt(4)) {
                case 0 -> (byte) random.nextInt(256);
                case 1 -> 0;
                case 2 -> (byte) 0xff;
                default -> (byte) (damaged[at] ^ 1 << random.nextInt(8));
            };
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(damaged, random.nextInt(damaged.length + 40)) : damaged;
    }
}
