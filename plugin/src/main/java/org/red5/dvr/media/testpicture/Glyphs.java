package org.red5.dvr.media.testpicture;

/** The shapes of the characters that a time needs, five dots wide and seven high. */
final class Glyphs {
    static final int WIDTH = 5;
    static final int HEIGHT = 7;

    private static final String CHARACTERS = "0123456789:-UTC ";
    /** A row of dots each, of the characters one after the other; a dot is one of the five lower bits. */
    private static final int[][] ROWS = {
        {0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
        {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
        {0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111},
        {0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110},
        {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
        {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
        {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
        {0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b00100, 0b00100},
        {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
        {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
        {0b00000, 0b00100, 0b00100, 0b00000, 0b00100, 0b00100, 0b00000},
        {0b00000, 0b00000, 0b00000, 0b01110, 0b00000, 0b00000, 0b00000},
        {0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
        {0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100},
        {0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110},
        {0, 0, 0, 0, 0, 0, 0},
    };

    private Glyphs() {}

    /** Whether a character has a dot somewhere. */
    static boolean isSet(char character, int x, int y) {
        int index = CHARACTERS.indexOf(character);
        if (index < 0) {
            throw new IllegalArgumentException("no shape of '" + character + "'");
        }
        return (ROWS[index][y] >> WIDTH - 1 - x & 1) != 0;
    }
}
