package org.red5.dvr.testbed.bench;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The words behind a benchmark's name: {@code --name value} pairs, and {@code --check} alone. */
final class Options {
    private static final String CHECK = "--check";

    private final Map<String, String> values;
    private final boolean check;

    private Options(Map<String, String> values, boolean check) {
        this.values = values;
        this.check = check;
    }

    /**
     * @param known the options that this benchmark has, with their dashes; {@code --check} has every one
     */
    static Options parse(List<String> words, List<String> known) throws BenchException {
        Map<String, String> values = new TreeMap<>();
        boolean check = false;
        for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
            String option = rest.next();
            if (option.equals(CHECK)) {
                check = true;
            } else if (!known.contains(option)) {
                throw new BenchException("unknown option " + option + "; there are " + String.join(", ", known));
            } else if (!rest.hasNext()) {
                throw new BenchException(option + " needs a value");
            } else {
                values.put(option, rest.next());
            }
        }
        return new Options(values, check);
    }

    /** Whether figures that miss their goals are to fail the run. */
    boolean check() {
        return check;
    }

    int number(String option, int fallback, int least) throws BenchException {
        String text = values.get(option);
        if (text == null) {
            return fallback;
        }
        if (!text.matches("\\d{1,6}") || Integer.parseInt(text) < least) {
            throw new BenchException(option + " takes a number, at least " + least + ", not \"" + text + '"');
        }
        return Integer.parseInt(text);
    }

    Optional<String> text(String option) {
        return Optional.ofNullable(values.get(option));
    }

    Optional<Path> path(String option) {
        return text(option).map(text -> Path.of(text).toAbsolutePath());
    }
}
