package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * Makes and reads every file name of an archive: {@code <root>/<app>/<stream>/2026/11/22/13/<take>.mp4} and
 * {@code .idx}, {@code .here} where not all that the index lists is there, {@code .idx.new} for an index being made anew, and {@code <name>.aside} for what is set aside. Hours are
 * counted since the Unix epoch. Names of applications and streams become one directory each: letters, digits, space,
 * dash, underscore and inner dots stand for themselves, any other byte of the UTF-8 form is {@code ~} and two hex
 * digits. So no name leads out of the root, and names differ on disk where they differ at all.
 */
public final class ArchiveLayout {
    public static final String MEDIA = ".mp4";
    public static final String INDEX = ".idx";
    static final String REBUILT_INDEX = ".idx.new";
    static final String PRESENCE = ".here";

    /** The endings of all files that belong to a take. */
    static final List<String> ENDINGS = List.of(INDEX, MEDIA, REBUILT_INDEX, PRESENCE);

    private static final Pattern ASIDE = Pattern.compile(".+\\.aside(\\.\\d+)?");
    private static final int LONGEST_NAME = 255;
    /** Three bytes of UTF-8 at most, each with three characters. */
    private static final int LONGEST_OF_CHAR = 9;

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private ArchiveLayout() {}

    /**
     * The directory of a stream.
     *
     * @throws UnstorableNameException when a name is too long for a directory
     */
    public static Path streamDirectory(Path root, StreamKey stream) throws UnstorableNameException {
        return root.resolve(directoryName(stream.app())).resolve(directoryName(stream.name()));
    }

    /** Whether a stream has a directory. */
    public static boolean isStorable(StreamKey stream) {
        if (isShort(stream.app()) && isShort(stream.name())) {
            return true;
        }
        try {
            directoryName(stream.app());
            directoryName(stream.name());
            return true;
        } catch (UnstorableNameException e) {
            return false;
        }
    }

    /** Whether a name cannot be too long, whatever its characters are. */
    private static boolean isShort(String name) {
        return name.length() * LONGEST_OF_CHAR <= LONGEST_NAME;
    }

    /** The root that a stream's directory is below. */
    public static Path rootOf(Path streamDirectory) {
        return streamDirectory.resolve("../..").normalize();
    }

    public static Path hourDirectory(Path streamDirectory, long hour) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(hour * Hours.SECONDS, 0, ZoneOffset.UTC);
        return streamDirectory
                .resolve(digits(time.getYear(), 4))
                .resolve(digits(time.getMonthValue(), 2))
                .resolve(digits(time.getDayOfMonth(), 2))
                .resolve(digits(time.getHour(), 2));
    }

    public static Path mediaFile(Path hourDirectory, TakeId take) {
        return hourDirectory.resolve(take.value() + MEDIA);
    }

    public static Path indexFile(Path hourDirectory, TakeId take) {
        return hourDirectory.resolve(take.value() + INDEX);
    }

    /** What says which of the media that the index lists is there. */
    public static Path presenceFile(Path hourDirectory, TakeId take) {
        return hourDirectory.resolve(take.value() + PRESENCE);
    }

    /** Where an index is made anew before it takes its place. */
    static Path rebuiltIndexFile(Path hourDirectory, TakeId take) {
        return hourDirectory.resolve(take.value() + REBUILT_INDEX);
    }

    /** The take of a file with an ending, empty when the file is not ours. */
    public static Optional<TakeId> takeOf(Path file, String ending) {
        String name = file.getFileName().toString();
        return name.endsWith(ending)
                ? TakeId.parse(name.substring(0, name.length() - ending.length()))
                : Optional.empty();
    }

    /** The take of a file with any of a take's endings, empty when the file is not ours. */
    public static Optional<TakeId> takeOf(Path file) {
        return ENDINGS.stream().flatMap(ending -> takeOf(file, ending).stream()).findFirst();
    }

    /**
     * The name of a file that is set aside.
     *
     * @param count how many names for it are in use
     */
    public static Path asideFile(Path file, int count) {
        return file.resolveSibling(file.getFileName() + ".aside" + (count == 0 ? "" : "." + count));
    }

    public static boolean isAside(Path file) {
        return ASIDE.matcher(file.getFileName().toString()).matches();
    }

    /**
     * The streams that have a directory below a root, in no order.
     *
     * @param children lists a directory
     */
    public static List<StreamKey> streams(Path root, Function<Path, List<Path>> children) {
        List<StreamKey> streams = new ArrayList<>();
        for (Path app : children.apply(root)) {
            Optional<String> appName = nameOf(app).filter(name -> name.indexOf('/') < 0);
            for (Path stream : appName.isPresent() ? children.apply(app) : List.<Path>of()) {
                nameOf(stream)
                        .filter(name -> Files.isDirectory(stream))
                        .ifPresent(name -> streams.add(new StreamKey(appName.get(), name)));
            }
        }
        return streams;
    }

    /** The latest hour of a stream, not after a given one, that has a directory; looks at names only. */
    public static OptionalLong hourAtOrBefore(Path streamDirectory, long hour) throws IOException {
        return nearest(streamDirectory, 0, new int[4], hour, false);
    }

    /** The earliest hour of a stream, not before a given one, that has a directory; looks at names only. */
    public static OptionalLong hourAtOrAfter(Path streamDirectory, long hour) throws IOException {
        return nearest(streamDirectory, 0, new int[4], hour, true);
    }

    /** All hours of a stream that have a directory, in order; looks at names only. */
    public static List<Long> hours(Path streamDirectory) throws IOException {
        List<Long> hours = new ArrayList<>();
        collectHours(streamDirectory, 0, new int[4], hours);
        return hours;
    }

    /** What lies in a directory; nothing when it is not there. */
    public static List<Path> children(Path directory) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
            paths.forEach(children::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return children;
    }

    private static OptionalLong nearest(Path directory, int level, int[] date, long hour, boolean upwards)
            throws IOException {
        if (level == 4) {
            return OptionalLong.of(hourOf(date, 3));
        }
        int[] values = dateParts(directory, level, date);
        for (int k = 0; k < values.length; k++) {
            int value = values[upwards ? k : values.length - 1 - k];
            date[level] = value;
            if (upwards ? lastHour(date, level) < hour : hourOf(date, level) > hour) {
                continue;
            }
            OptionalLong found =
                    nearest(directory.resolve(digits(value, level == 0 ? 4 : 2)), level + 1, date, hour, upwards);
            if (found.isPresent()) {
                return found;
            }
        }
        return OptionalLong.empty();
    }

    private static void collectHours(Path directory, int level, int[] date, List<Long> hours) throws IOException {
        for (int value : dateParts(directory, level, date)) {
            date[level] = value;
            if (level == 3) {
                hours.add(hourOf(date, level));
            } else {
                collectHours(directory.resolve(digits(value, level == 0 ? 4 : 2)), level + 1, date, hours);
            }
        }
    }

    /** The years, months, days or hours that have a directory, in order. */
    private static int[] dateParts(Path directory, int level, int[] date) throws IOException {
        return children(directory).stream()
                .map(path -> path.getFileName().toString())
                .filter(name ->
                        name.length() == (level == 0 ? 4 : 2) && name.chars().allMatch(c -> c >= '0' && c <= '9'))
                .mapToInt(Integer::parseInt)
                .filter(value -> isDatePart(level, date, value))
                .sorted()
                .toArray();
    }

    private static boolean isDatePart(int level, int[] date, int value) {
        return switch (level) {
            case 0 -> value >= 1970;
            case 1 -> value >= 1 && value <= 12;
            case 2 -> value >= 1 && value <= YearMonth.of(date[0], date[1]).lengthOfMonth();
            default -> value <= 23;
        };
    }

    /** First hour of a year, month, day or hour, as far as {@code date} is filled in. */
    private static long hourOf(int[] date, int level) {
        LocalDateTime start = LocalDateTime.of(date[0], level < 1 ? 1 : date[1], 1, level < 3 ? 0 : date[3], 0);
        return start.plusDays(level < 2 ? 0 : date[2] - 1).toEpochSecond(ZoneOffset.UTC) / Hours.SECONDS;
    }

    private static long lastHour(int[] date, int level) {
        LocalDateTime start =
                LocalDateTime.ofInstant(Instant.ofEpochSecond(hourOf(date, level) * Hours.SECONDS), ZoneOffset.UTC);
        LocalDateTime end = switch (level) {
            case 0 -> start.plusYears(1);
            case 1 -> start.plusMonths(1);
            case 2 -> start.plusDays(1);
            default -> start.plusHours(1);
        };
        return end.toEpochSecond(ZoneOffset.UTC) / Hours.SECONDS - 1;
    }

    private static String directoryName(String name) throws UnstorableNameException {
        String text = escaped(utf8(name));
        if (text.length() > LONGEST_NAME) {
            throw new UnstorableNameException("the name \"" + name.substring(0, Math.min(name.length(), 40))
                    + "…\" needs " + text.length() + " characters on disk, more than " + LONGEST_NAME);
        }
        return text;
    }

    private static ByteBuffer utf8(String name) throws UnstorableNameException {
        try {
            return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
        } catch (CharacterCodingException e) {
            throw new UnstorableNameException("the name \"" + name + "\" is no Unicode text");
        }
    }

    private static String escaped(ByteBuffer utf8) {
        StringBuilder out = new StringBuilder(utf8.remaining());
        while (utf8.hasRemaining()) {
            byte b = utf8.get();
            boolean plain = b >= '0' && b <= '9'
                    || b >= 'A' && b <= 'Z'
                    || b >= 'a' && b <= 'z'
                    || b == '-'
                    || b == '_'
                    || (b == '.' || b == ' ') && out.length() > 0;
            if (plain) {
                out.append((char) b);
            } else {
                out.append('~').append(HEX.toHexDigits(b));
            }
        }
        return out.toString();
    }

    /** The name a directory stands for, empty when it is not one of ours. */
    private static Optional<String> nameOf(Path directory) {
        String text = directory.getFileName().toString();
        byte[] bytes = new byte[text.length()];
        int count = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '~') {
                bytes[count++] = (byte) c;
            } else if (i + 2 < text.length()
                    && HexFormat.isHexDigit(text.charAt(i + 1))
                    && HexFormat.isHexDigit(text.charAt(i + 2))) {
                bytes[count++] = (byte) HexFormat.fromHexDigits(text, i + 1, i + 3);
                i += 2;
            } else {
                return Optional.empty();
            }
        }
        String name = new String(bytes, 0, count, StandardCharsets.UTF_8);
        // Nothing but what directoryName gives is a name: no second spelling, no bytes that are not UTF-8.
        boolean ours = escaped(StandardCharsets.UTF_8.encode(name)).equals(text);
        return ours && !name.isEmpty() ? Optional.of(name) : Optional.empty();
    }

    private static String digits(int value, int width) {
        String text = Integer.toString(value);
        return "0".repeat(Math.max(0, width - text.length())) + text;
    }
}
