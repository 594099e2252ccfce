package org.red5.dvr.testbed;

import java.awt.Graphics2D;

/** Text in characters of five by seven dots: a time, a date, a number. Needs none of the system's fonts, which a server may lack. */
final class DotText {
    private static final int WIDTH = 5;
    private static final int HEIGHT = 7;
    /** From the left edge of a character to that of the next. */
    private static final int STEP = WIDTH + 1;

    private static final String CHARACTERS = "0123456789:.-UTC ";
    /** A row of dots each, from the top; the leftmost dot is the highest of five bits. */
    private static final int[][] ROWS = {
        {0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
        {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
        {0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111},
        {0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110},
        {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
        {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
        {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
        {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
        {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
        {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
        {0b00000, 0b00100, 0b00100, 0b00000, 0b00100, 0b00100, 0b00000},
        {0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b01100, 0b01100},
        {0b00000, 0b00000, 0b00000, 0b11111, 0b00000, 0b00000, 0b00000},
        {0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
        {0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100},
        {0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110},
        {0, 0, 0, 0, 0, 0, 0},
    };

    private DotText() {}

    /** How wide a text is, pixels. */
    static int width(String text, int dotPixels) {
        return (text.length() * STEP - 1) * dotPixels;
    }

    /** Draws a text in the current colour above a baseline. */
    static void draw(Graphics2D graphics, String text, int left, int baseline, int dotPixels) {
        for (int i = 0; i < text.length(); i++) {
            int[] rows = ROWS[CHARACTERS.indexOf(text.charAt(i))];
            for (int dot = 0; dot < WIDTH * HEIGHT; dot++) {
                int x = dot % WIDTH;
                int y = dot / WIDTH;
                if ((rows[y] >> (WIDTH - 1 - x) & 1) == 1) {
                    graphics.fillRect(
                            left + (i * STEP + x) * dotPixels,
                            baseline + (y - HEIGHT) * dotPixels,
                            dotPixels,
                            dotPixels);
                }
            }
        }
    }
}
