package org.red5.dvr.media.testpicture;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.red5.dvr.media.testpicture.Raster.Colour;

/**
 * Draws the picture: colour bars, the time of day in UTC, the date, the number of the frame in its second, and a bar that
 * grows through the second. All stands on the borders of macroblocks, so that few of them change. Used by one thread.
 */
final class ClockFace {
    static final int COLUMNS = 32;
    static final int ROWS = 18;

    private static final Colour GROUND = new Colour(36, 146, 120);
    private static final Colour INK = new Colour(235, 128, 128);
    /** 75 % bars: white, yellow, cyan, green, magenta, red, blue, and black. */
    private static final Colour[] BARS = {
        new Colour(180, 128, 128),
        new Colour(162, 44, 142),
        new Colour(131, 156, 44),
        new Colour(112, 72, 58),
        new Colour(84, 184, 198),
        new Colour(65, 100, 212),
        new Colour(35, 212, 114),
        new Colour(16, 128, 128),
    };

    private static final int BAR_COLUMNS = COLUMNS / BARS.length;
    private static final int BAR_ROWS = 2;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);

    /**
     * Where a text stands, in macroblocks.
     *
     * @param columns of a character
     * @param rows of a character
     * @param dot pixels of a dot's side; even
     */
    record Line(int column, int row, int columns, int rows, int dot) {}

    static final Line TIME_LINE = new Line(4, 4, 3, 4, 8);
    static final Line DATE_LINE = new Line(0, 10, 2, 2, 4);
    static final Line FRAME_LINE = new Line(28, 10, 2, 2, 4);
    private static final Line ZONE_LINE = new Line(21, 10, 2, 2, 4);
    private static final int METER_ROW = 15;
    private static final int METER_COLUMN = 3;

    private final int framesPerSecond;
    private final Raster raster = new Raster(COLUMNS, ROWS);
    private String time = " ".repeat(8);
    private String date = " ".repeat(10);
    private String frame = "  ";
    private int meter;

    ClockFace(int framesPerSecond) {
        this.framesPerSecond = framesPerSecond;
        int side = Raster.MACROBLOCK;
        raster.fill(0, 0, COLUMNS * side, ROWS * side, GROUND);
        for (int i = 0; i < BARS.length; i++) {
            raster.fill(i * BAR_COLUMNS * side, 0, BAR_COLUMNS * side, BAR_ROWS * side, BARS[i]);
        }
        draw(ZONE_LINE, "   ", "UTC");
    }

    /** The picture as it is now. */
    Raster raster() {
        return raster;
    }

    /** Shows a frame; frames are counted since the Unix epoch. */
    void show(long number) {
        LocalDateTime second = LocalDateTime.ofEpochSecond(Math.floorDiv(number, framesPerSecond), 0, ZoneOffset.UTC);
        int inSecond = Math.floorMod(number, framesPerSecond);
        time = draw(TIME_LINE, time, TIME.format(second));
        date = draw(DATE_LINE, date, DATE.format(second).substring(0, 10));
        frame = draw(FRAME_LINE, frame, (char) ('0' + inSecond / 10) + "" + inSecond % 10);
        for (; meter > inSecond + 1; meter--) {
            fillMeter(meter - 1, GROUND);
        }
        for (; meter < inSecond + 1; meter++) {
            fillMeter(meter, INK);
        }
    }

    private void fillMeter(int index, Colour colour) {
        int side = Raster.MACROBLOCK;
        raster.fill((METER_COLUMN + index) * side, METER_ROW * side, side, side, colour);
    }

    /** Draws the characters of a text that differ from those that stand there; gives the text. */
    private String draw(Line line, String before, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != before.charAt(i)) {
                draw(line, i, text.charAt(i));
            }
        }
        return text;
    }

    private void draw(Line line, int index, char character) {
        int side = Raster.MACROBLOCK;
        int cellX = (line.column() + index * line.columns()) * side;
        int cellY = line.row() * side;
        raster.fill(cellX, cellY, line.columns() * side, line.rows() * side, GROUND);
        for (int y = 0; y < Glyphs.HEIGHT; y++) {
            for (int x = 0; x < Glyphs.WIDTH; x++) {
                if (Glyphs.isSet(character, x, y)) {
                    raster.fill(
                            cellX + margin(line.columns(), Glyphs.WIDTH, line.dot()) + x * line.dot(),
                            cellY + margin(line.rows(), Glyphs.HEIGHT, line.dot()) + y * line.dot(),
                            line.dot(),
                            line.dot(),
                            INK);
                }
            }
        }
    }

    /** Pixels between a cell's border and its character. */
    static int margin(int macroblocks, int dots, int dot) {
        return (macroblocks * Raster.MACROBLOCK - dots * dot) / 2;
    }
}
