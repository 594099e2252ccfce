package org.red5.dvr.testbed;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/**
 * A picture that says which one it is: a number (UTC milliseconds, or a frame number) as black and white blocks that survive
 * compression and scaling, and the same for people. The blocks fill the top: three rows of 20, 48 bits of number and
 * 12 bits of check sum, highest first, white for one. For one thread.
 */
public final class ClockPicture {
    private static final int COLUMNS = 20;
    private static final int ROWS = 3;
    private static final int VALUE_BITS = 48;
    private static final int CHECK_BITS = COLUMNS * ROWS - VALUE_BITS;
    private static final int GRAY_LIMIT = 128;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Color BACKGROUND = new Color(0x10, 0x24, 0x3c);
    private static final Color FAINT = new Color(0x9f, 0xb8, 0xd0);
    private static final Color ACCENT = new Color(0xff, 0xb0, 0x30);

    private final BufferedImage image;
    private final Graphics2D graphics;
    private final int width;
    private final int height;

    /** {@code widthPixels} a multiple of 20 and {@code heightPixels} of 2, and wide enough for blocks of 8 pixels. */
    public ClockPicture(int widthPixels, int heightPixels) {
        if (widthPixels % COLUMNS != 0 || heightPixels % 2 != 0 || widthPixels < COLUMNS * 8) {
            throw new IllegalArgumentException("no clock picture of " + widthPixels + " x " + heightPixels);
        }
        this.width = widthPixels;
        this.height = heightPixels;
        this.image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        this.graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    }

    /** The time of day; blocks carry {@code utcMillis}. */
    public ClockPicture time(long utcMillis, long frame) {
        Instant instant = Instant.ofEpochMilli(utcMillis);
        return draw(utcMillis, TIME.format(instant), DATE.format(instant), Long.toString(frame), frame);
    }

    /** A plain frame counter; blocks carry {@code frame}. */
    public ClockPicture number(long frame) {
        return draw(frame, Long.toString(frame), "", "", frame);
    }

    private ClockPicture draw(long value, String large, String small, String corner, long frame) {
        graphics.setColor(BACKGROUND);
        graphics.fillRect(0, 0, width, height);
        drawBlocks(value);
        drawCentred(large, height / 52, height * 55 / 100, Color.WHITE);
        drawCentred(small, height / 156, height * 66 / 100, FAINT);
        DotText.draw(graphics, corner, width / 40, height - height / 20, Math.max(1, height / 156));
        int swing = (int) ((width - height / 10) * (0.5 + 0.5 * Math.sin(frame * 2 * Math.PI / 100)));
        graphics.setColor(ACCENT);
        graphics.fillOval(swing, height * 76 / 100, height / 10, height / 10);
        return this;
    }

    private void drawCentred(String text, int dotPixels, int baseline, Color color) {
        int dot = Math.max(1, dotPixels);
        graphics.setColor(color);
        DotText.draw(graphics, text, (width - DotText.width(text, dot)) / 2, baseline, dot);
    }

    private void drawBlocks(long value) {
        long bits = value << CHECK_BITS | check(value);
        int block = width / COLUMNS;
        for (int i = 0; i < COLUMNS * ROWS; i++) {
            boolean one = (bits >>> (COLUMNS * ROWS - 1 - i) & 1) == 1;
            graphics.setColor(one ? Color.WHITE : Color.BLACK);
            graphics.fillRect(i % COLUMNS * block, i / COLUMNS * block, block, block);
        }
    }

    private static long check(long value) {
        CRC32 crc = new CRC32();
        for (int shift = VALUE_BITS - 8; shift >= 0; shift -= 8) {
            crc.update((int) (value >>> shift));
        }
        return crc.getValue() & ((1 << CHECK_BITS) - 1);
    }

    /** The last picture as rows of BGR pixels (ffmpeg's {@code bgr24}); overwritten by the next one. */
    byte[] bgr() {
        return ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    }

    /**
     * The number in a decoded picture of any size; empty if the blocks are not there or damaged.
     *
     * @param gray rows of 8-bit pixels (ffmpeg's {@code gray}), of {@code widthPixels} each
     */
    public static OptionalLong read(byte[] gray, int offset, int widthPixels) {
        double block = (double) widthPixels / COLUMNS;
        long bits = 0;
        for (int i = 0; i < COLUMNS * ROWS; i++) {
            int x = (int) ((i % COLUMNS + 0.5) * block);
            int row = i / COLUMNS;
            int y = (int) ((row + 0.5) * block);
            bits = bits << 1 | (mean(gray, offset, widthPixels, x, y) >= GRAY_LIMIT ? 1 : 0);
        }
        return read(bits);
    }

    /** The number in the 60 blocks, highest first; empty if they are damaged. */
    static OptionalLong read(long bits) {
        long value = bits >>> CHECK_BITS;
        boolean valid = (bits & ((1 << CHECK_BITS) - 1)) == check(value);
        return valid ? OptionalLong.of(value) : OptionalLong.empty();
    }

    private static int mean(byte[] gray, int offset, int widthPixels, int x, int y) {
        int sum = 0;
        for (int dy = -1; dy <= 1; dy++) {
            for (int dx = -1; dx <= 1; dx++) {
                sum += gray[offset + (y + dy) * widthPixels + x + dx] & 0xff;
            }
        }
        return sum / 9;
    }
}
