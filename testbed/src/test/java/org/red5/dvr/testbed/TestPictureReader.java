package org.red5.dvr.testbed;

import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Reads the date, the time of day and the number of the frame out of decoded pictures of the built-in test picture. */
final class TestPictureReader {
    static final int WIDTH = 512;
    static final int HEIGHT = 288;

    private static final int FRAMES_PER_SECOND = 25;
    private static final int INK_LEAST = 128;
    /** The digits, five dots wide and seven high, rows from the top. */
    private static final String[] DIGITS = {
        ".###./#...#/#..##/#.#.#/##..#/#...#/.###.",
        "..#../.##../..#../..#../..#../..#../.###.",
        ".###./#...#/....#/..##./.#.../#..../#####",
        "#####/...#./..#../...#./....#/#...#/.###.",
        "...#./..##./.#.#./#..#./#####/...#./...#.",
        "#####/#..../####./....#/....#/#...#/.###.",
        "..##./.#.../#..../####./#...#/#...#/.###.",
        "#####/....#/...#./..#../..#../..#../..#..",
        ".###./#...#/#...#/.###./#...#/#...#/.###.",
        ".###./#...#/#...#/.####/....#/...#./.##..",
    };

    /** Where the first character's upper left dot is, how far the characters are apart, and a dot's side. */
    private record Line(int x, int y, int step, int dot) {}

    private static final Line TIME = new Line(68, 68, 48, 8);
    private static final Line DATE = new Line(6, 162, 32, 4);
    private static final Line FRAME = new Line(454, 162, 32, 4);

    private final Ffmpeg ffmpeg;
    private final Duration limit;

    TestPictureReader(Ffmpeg ffmpeg, Duration limit) {
        this.ffmpeg = ffmpeg;
        this.limit = limit;
    }

    /**
     * When each picture says that it began, milliseconds since the Unix epoch, in the order of presentation.
     *
     * @param input a file name or address
     * @throws IOException when ffmpeg has anything to complain of
     */
    List<Long> read(String input) throws IOException, InterruptedException {
        RunningProcess.Result result = ffmpeg.run(
                        limit,
                        "-i",
                        input,
                        "-map",
                        "0:v:0",
                        "-fps_mode",
                        "passthrough",
                        "-pix_fmt",
                        "gray",
                        "-f",
                        "rawvideo",
                        "-")
                .requireSuccess();
        if (!result.errors().isEmpty()) {
            throw new IOException(result.errors());
        }
        byte[] gray = result.output();
        List<Long> times = new ArrayList<>();
        for (int at = 0; at + WIDTH * HEIGHT <= gray.length; at += WIDTH * HEIGHT) {
            times.add(millis(gray, at));
        }
        return times;
    }

    /** When one picture says that it began, milliseconds since the Unix epoch; empty if it does not say it legibly. */
    static OptionalLong read(byte[] gray) {
        try {
            return OptionalLong.of(millis(gray, 0));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static long millis(byte[] gray, int at) throws IOException {
        LocalDate date =
                LocalDate.of(number(gray, at, DATE, 0, 4), number(gray, at, DATE, 5, 2), number(gray, at, DATE, 8, 2));
        LocalTime time =
                LocalTime.of(number(gray, at, TIME, 0, 2), number(gray, at, TIME, 3, 2), number(gray, at, TIME, 6, 2));
        int frame = number(gray, at, FRAME, 0, 2);
        return date.atTime(time).toEpochSecond(ZoneOffset.UTC) * 1_000 + frame * 1_000L / FRAMES_PER_SECOND;
    }

    private static int number(byte[] gray, int at, Line line, int first, int digits) throws IOException {
        int number = 0;
        for (int i = first; i < first + digits; i++) {
            number = number * 10 + digit(gray, at, line, i);
        }
        return number;
    }

    private static int digit(byte[] gray, int at, Line line, int index) throws IOException {
        StringBuilder dots = new StringBuilder();
        for (int y = 0; y < 7; y++) {
            dots.append(y == 0 ? "" : "/");
            for (int x = 0; x < 5; x++) {
                int column = line.x() + index * line.step() + x * line.dot() + line.dot() / 2;
                int row = line.y() + y * line.dot() + line.dot() / 2;
                dots.append((gray[at + row * WIDTH + column] & 0xff) >= INK_LEAST ? '#' : '.');
            }
        }
        int digit = List.of(DIGITS).indexOf(dots.toString());
        if (digit < 0) {
            throw new IOException("no digit: " + dots);
        }
        return digit;
    }
}
