package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ClockPictureTest {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;

    @Test
    void readsBackEveryNumber() {
        ClockPicture picture = new ClockPicture(WIDTH, HEIGHT);
        for (long value : new long[] {0, 1, 1499, 1_795_000_000_123L, (1L << 48) - 1}) {
            assertEquals(OptionalLong.of(value), ClockPicture.read(gray(picture.number(value)), 0, WIDTH));
        }
    }

    @Test
    void noticesDamage() {
        byte[] gray = gray(new ClockPicture(WIDTH, HEIGHT).time(1_795_000_000_123L, 7));
        for (int y = 16; y < 32; y++) {
            for (int x = 48; x < 64; x++) {
                gray[y * WIDTH + x] = (byte) ~gray[y * WIDTH + x];
            }
        }
        assertEquals(OptionalLong.empty(), ClockPicture.read(gray, 0, WIDTH));
    }

    @Test
    void refusesSizesThatTheBlocksDoNotFit() {
        assertThrows(IllegalArgumentException.class, () -> new ClockPicture(330, 180));
        assertThrows(IllegalArgumentException.class, () -> new ClockPicture(320, 181));
        assertThrows(IllegalArgumentException.class, () -> new ClockPicture(140, 90));
    }

    private static byte[] gray(ClockPicture picture) {
        byte[] bgr = picture.bgr();
        byte[] gray = new byte[bgr.length / 3];
        for (int i = 0; i < gray.length; i++) {
            gray[i] = bgr[3 * i + 1];
        }
        return gray;
    }
}
