package org.red5.dvr.media.testpicture;

import java.util.Arrays;

/** A picture as it is shown: 4:2:0 samples, in whole macroblocks of 16 by 16. Used by one thread. */
final class Raster {
    /** Samples of a macroblock's side, in luma. */
    static final int MACROBLOCK = 16;

    /**
     * A colour of ITU-R BT.601, limited range.
     *
     * @param y 16 to 235
     * @param cb 16 to 240
     * @param cr 16 to 240
     */
    record Colour(int y, int cb, int cr) {}

    /** The samples of one component. */
    static final class Plane {
        private final int width;
        private final int macroblock;
        private final byte[] samples;

        Plane(int width, int height, int macroblock) {
            this.width = width;
            this.macroblock = macroblock;
            this.samples = new byte[width * height];
        }

        void fill(int x, int y, int fillWidth, int fillHeight, int value) {
            for (int row = y; row < y + fillHeight; row++) {
                Arrays.fill(samples, row * width + x, row * width + x + fillWidth, (byte) value);
            }
        }

        void copy(Plane other) {
            System.arraycopy(other.samples, 0, samples, 0, samples.length);
        }

        boolean equals(Plane other, int column, int row) {
            for (int i = 0; i < macroblock; i++) {
                int at = at(column, row, i);
                if (!Arrays.equals(samples, at, at + macroblock, other.samples, at, at + macroblock)) {
                    return false;
                }
            }
            return true;
        }

        /** Whether a macroblock repeats the column of samples to the left of it. */
        boolean repeatsLeft(int column, int row) {
            for (int i = 0; i < macroblock && column > 0; i++) {
                int at = at(column, row, i);
                // Each sample equals the one before it.
                if (!Arrays.equals(samples, at, at + macroblock, samples, at - 1, at - 1 + macroblock)) {
                    return false;
                }
            }
            return column > 0;
        }

        /** Whether a macroblock repeats the row of samples above it. */
        boolean repeatsAbove(int column, int row) {
            for (int i = 0; i < macroblock && row > 0; i++) {
                int at = at(column, row, i);
                if (!Arrays.equals(samples, at, at + macroblock, samples, at - width, at - width + macroblock)) {
                    return false;
                }
            }
            return row > 0;
        }

        void write(BitWriter out, int column, int row) {
            for (int i = 0; i < macroblock; i++) {
                out.bytes(samples, at(column, row, i), macroblock);
            }
        }

        private int at(int column, int row, int line) {
            return (row * macroblock + line) * width + column * macroblock;
        }
    }

    private final int columns;
    private final int rows;
    private final Plane y;
    private final Plane cb;
    private final Plane cr;

    /** A picture of so many macroblocks. */
    Raster(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
        y = new Plane(columns * MACROBLOCK, rows * MACROBLOCK, MACROBLOCK);
        cb = new Plane(columns * MACROBLOCK / 2, rows * MACROBLOCK / 2, MACROBLOCK / 2);
        cr = new Plane(columns * MACROBLOCK / 2, rows * MACROBLOCK / 2, MACROBLOCK / 2);
    }

    int columns() {
        return columns;
    }

    int rows() {
        return rows;
    }

    Plane y() {
        return y;
    }

    Plane cb() {
        return cb;
    }

    Plane cr() {
        return cr;
    }

    /** Fills a rectangle; all numbers are even, as two by two pixels have one colour. */
    void fill(int x, int yAt, int width, int height, Colour colour) {
        y.fill(x, yAt, width, height, colour.y());
        cb.fill(x / 2, yAt / 2, width / 2, height / 2, colour.cb());
        cr.fill(x / 2, yAt / 2, width / 2, height / 2, colour.cr());
    }

    void copy(Raster other) {
        y.copy(other.y);
        cb.copy(other.cb);
        cr.copy(other.cr);
    }

    /** Whether a macroblock is the same in another picture. */
    boolean equals(Raster other, int column, int row) {
        return y.equals(other.y, column, row) && cb.equals(other.cb, column, row) && cr.equals(other.cr, column, row);
    }
}
