package org.red5.dvr.config.file;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.config.Retention;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Token;

/**
 * The limits behind a path, in any order: an age ({@code 2d}), a size ({@code 800G}), a share of the disk ({@code 90%}).
 *
 * <p>Units of age are s, m, h, d and w; units of size are K, M, G and T, powers of 1024. They differ by case, because
 * m is a minute and M a size.
 */
final class Limits {
    private static final Pattern AGE = Pattern.compile("(\\d+)([smhdw])");
    private static final Pattern SIZE = Pattern.compile("(\\d+)([KMGT])");
    private static final Pattern SPEED = Pattern.compile("(\\d+)([kmg])");
    private static final Pattern SHARE = Pattern.compile("(\\d+)%");
    private static final Pattern SIZE_IN_SMALL_LETTERS = Pattern.compile("\\d+([kgt]|[kmgt]b|[KMGT][bB])");
    private static final Duration LONGEST_AGE = Duration.ofDays(36_500);
    private static final long MOST_TERABYTES = 1_000_000;
    private static final long MOST_GIGABITS = 1_000;

    private final boolean shareAllowed;
    private Optional<Duration> age = Optional.empty();
    private OptionalLong bytes = OptionalLong.empty();
    private OptionalInt diskPercent = OptionalInt.empty();

    private Limits(boolean shareAllowed) {
        this.shareAllowed = shareAllowed;
    }

    /** Any of the three, or none. */
    static Retention retention(Arguments words) throws Rejected {
        Limits limits = new Limits(true);
        limits.readAll(words);
        return new Retention(limits.age, limits.bytes, limits.diskPercent);
    }

    /** An age, a size or both, but no disk share: what is left has no share. */
    static Retention ageOrSize(Arguments words) throws Rejected {
        Limits limits = new Limits(false);
        limits.read(words.next(limits.expected()));
        limits.readAll(words);
        return new Retention(limits.age, limits.bytes, OptionalInt.empty());
    }

    /** A speed in bits per second; its units are k, m and g, powers of 1000, as lines are sold by. */
    static long bitsPerSecond(Token word) throws Rejected {
        Matcher matcher = SPEED.matcher(word.text());
        if (!matcher.matches()) {
            throw Rejected.expected("a speed such as 50m (Mbit/s)", word);
        }
        long unit = switch (matcher.group(2)) {
            case "k" -> 1_000L;
            case "m" -> 1_000_000L;
            default -> 1_000_000_000L;
        };
        long count = number(matcher.group(1), MOST_GIGABITS * 1_000_000_000L / unit);
        if (count < 1) {
            throw Rejected.expected("a speed from 1k to " + MOST_GIGABITS + "g", word);
        }
        return count * unit;
    }

    /** An age between two others, both allowed. */
    static Duration age(Token word, Duration shortest, Duration longest) throws Rejected {
        Matcher matcher = AGE.matcher(word.text());
        if (!matcher.matches()) {
            throw Rejected.expected("a time such as " + show(shortest), word);
        }
        Optional<Duration> age = ageOf(matcher, longest);
        if (age.isEmpty() || age.get().compareTo(shortest) < 0) {
            throw Rejected.expected("a time from " + show(shortest) + " to " + show(longest), word);
        }
        return age.get();
    }

    /** Whether a word reads as a limit, so that it is not taken for a path. */
    static boolean looksLikeLimit(Token word) {
        String text = word.text();
        return word.kind() == Token.Kind.WORD
                && (AGE.matcher(text).matches()
                        || SIZE.matcher(text).matches()
                        || SHARE.matcher(text).matches());
    }

    private void readAll(Arguments words) throws Rejected {
        while (words.hasNext()) {
            read(words.next(expected()));
        }
    }

    private void read(Token word) throws Rejected {
        Matcher ageForm = AGE.matcher(word.text());
        Matcher sizeForm = SIZE.matcher(word.text());
        Matcher shareForm = SHARE.matcher(word.text());
        if (ageForm.matches()) {
            refuseSecond(age.isPresent(), "age", word);
            age = Optional.of(ageOf(ageForm, LONGEST_AGE)
                    .orElseThrow(() -> Rejected.expected("an age from 1s to " + show(LONGEST_AGE), word)));
        } else if (sizeForm.matches()) {
            refuseSecond(bytes.isPresent(), "size", word);
            bytes = OptionalLong.of(bytesOf(sizeForm, word));
        } else if (shareForm.matches() && shareAllowed) {
            refuseSecond(diskPercent.isPresent(), "disk share", word);
            diskPercent = OptionalInt.of(percentOf(shareForm, word));
        } else {
            throw unreadable(word);
        }
    }

    private Rejected unreadable(Token word) {
        Rejected plain = Rejected.expected(expected(), word);
        boolean smallLetters = SIZE_IN_SMALL_LETTERS.matcher(word.text()).matches();
        return smallLetters
                ? new Rejected(word.start(), plain.text() + "; the units of size are K, M, G and T")
                : plain;
    }

    private void refuseSecond(boolean given, String kind, Token word) throws Rejected {
        if (given) {
            throw new Rejected(word.start(), "expected " + expected() + ", found a second " + kind + " " + word);
        }
    }

    /** The limits that have not been given yet. */
    private String expected() {
        List<String> open = new ArrayList<>();
        if (age.isEmpty()) {
            open.add("an age such as 2d");
        }
        if (bytes.isEmpty()) {
            open.add("a size such as 800G");
        }
        if (shareAllowed && diskPercent.isEmpty()) {
            open.add("a disk share such as 90%");
        }
        return open.isEmpty() ? "\";\"" : String.join(" or ", open);
    }

    /** Empty where it is nothing or longer than the longest. */
    private static Optional<Duration> ageOf(Matcher form, Duration longest) {
        long seconds = secondsPer(form.group(2).charAt(0));
        long count = number(form.group(1), longest.toSeconds() / seconds);
        return count < 1 ? Optional.empty() : Optional.of(Duration.ofSeconds(count * seconds));
    }

    private static long bytesOf(Matcher form, Token word) throws Rejected {
        int powerOf1024 = "KMGT".indexOf(form.group(2)) + 1;
        long count = number(form.group(1), MOST_TERABYTES << (40 - 10 * powerOf1024));
        if (count < 1) {
            throw Rejected.expected("a size from 1K to " + MOST_TERABYTES + "T", word);
        }
        return count << (10 * powerOf1024);
    }

    private static int percentOf(Matcher form, Token word) throws Rejected {
        long percent = number(form.group(1), 100);
        if (percent < 1) {
            throw Rejected.expected("a disk share from 1% to 100%", word);
        }
        return (int) percent;
    }

    /** A number in digits, or -1 where it is above the greatest. */
    private static long number(String digits, long greatest) {
        String significant = digits.replaceFirst("^0+(?=.)", "");
        if (significant.length() > 18) {
            return -1;
        }
        long number = Long.parseLong(significant);
        return number <= greatest ? number : -1;
    }

    private static long secondsPer(char unit) {
        return switch (unit) {
            case 's' -> 1;
            case 'm' -> 60;
            case 'h' -> 3_600;
            case 'd' -> 86_400;
            case 'w' -> 604_800;
            default -> throw new IllegalArgumentException("no unit of time: " + unit);
        };
    }

    /** In the greatest unit that leaves no rest. */
    static String show(Duration age) {
        long seconds = age.toSeconds();
        for (char unit : new char[] {'d', 'h', 'm'}) {
            if (seconds % secondsPer(unit) == 0) {
                return seconds / secondsPer(unit) + String.valueOf(unit);
            }
        }
        return seconds + "s";
    }
}
