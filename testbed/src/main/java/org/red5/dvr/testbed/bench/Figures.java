package org.red5.dvr.testbed.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a benchmark measured, round by round; printed as a table of medians and as one line of JSON. */
final class Figures {
    private static final class Series {
        private final String unit;
        private final List<Double> values = new ArrayList<>();
        private Optional<Goal> goal = Optional.empty();

        Series(String unit) {
            this.unit = unit;
        }

        double median() {
            List<Double> sorted = values.stream().sorted().toList();
            int middle = sorted.size() / 2;
            return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        }

        double least() {
            return values.stream().mapToDouble(value -> value).min().orElse(Double.NaN);
        }

        double most() {
            return values.stream().mapToDouble(value -> value).max().orElse(Double.NaN);
        }
    }

    private final String benchmark;
    private final Map<String, Series> series = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    Figures(String benchmark) {
        this.benchmark = benchmark;
    }

    /** Adds one round's value of a figure; figures are shown in the order in which they came first. */
    void add(String figure, String unit, double value) {
        series.computeIfAbsent(figure, name -> new Series(unit)).values.add(value);
    }

    /** Says what a figure that was measured is to reach. */
    void goal(String figure, Goal goal) {
        Series measured = series.get(figure);
        if (measured == null) {
            throw new IllegalArgumentException("nothing was measured of " + figure);
        }
        measured.goal = Optional.of(goal);
    }

    /** A sentence to be shown under the table. */
    void note(String sentence) {
        notes.add(sentence);
    }

    /** The figures that miss their goals by more than the tolerance. */
    List<String> failed() {
        return series.entrySet().stream()
                .filter(entry -> entry.getValue().goal.isPresent()
                        && entry.getValue().goal.get().isFailed(entry.getValue().median()))
                .map(Map.Entry::getKey)
                .toList();
    }

    void print(PrintStream out) {
        String row = "%-44s %10s %10s %10s  %-22s %-10s %s%n";
        out.printf(row, benchmark, "median", "least", "most", "unit", "goal", "");
        series.forEach((name, measured) -> out.printf(
                row,
                name,
                number(measured.median()),
                number(measured.least()),
                number(measured.most()),
                measured.unit,
                measured.goal.map(Goal::toString).orElse(""),
                measured.goal
                        .map(goal -> goal.isMet(measured.median()) ? "met" : "MISSED")
                        .orElse("")));
        notes.forEach(out::println);
        out.println(json());
    }

    private String json() {
        String figures = series.entrySet().stream()
                .map(entry ->
                        quoted(entry.getKey()) + ':' + number(entry.getValue().median()))
                .collect(Collectors.joining(","));
        String missed = failed().stream().map(Figures::quoted).collect(Collectors.joining(","));
        return "{\"benchmark\":" + quoted(benchmark) + ",\"figures\":{" + figures + "},\"failed\":[" + missed + "]}";
    }

    /** Names of figures are ours and need no escapes. */
    private static String quoted(String name) {
        return '"' + name + '"';
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 1_000 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f", value);
    }
}
