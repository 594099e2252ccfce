package org.red5.dvr.config.syntax;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Says that a configuration file cannot be used, and names its mistakes in the order in which they stand there. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 20;

    private final transient List<Mistake> mistakes;

    public ConfigurationException(List<Mistake> mistakes) {
        super(describe(sorted(mistakes)));
        this.mistakes = sorted(mistakes);
    }

    /** The mistakes by position; at least one. */
    public List<Mistake> mistakes() {
        return mistakes;
    }

    private static List<Mistake> sorted(List<Mistake> mistakes) {
        if (mistakes.isEmpty()) {
            throw new IllegalArgumentException("an exception without a mistake");
        }
        return mistakes.stream().sorted(Comparator.comparing(Mistake::position)).toList();
    }

    private static String describe(List<Mistake> mistakes) {
        String shown = mistakes.stream().limit(SHOWN).map(Mistake::toString).collect(Collectors.joining("\n"));
        int more = mistakes.size() - SHOWN;
        return more > 0 ? shown + "\nand " + more + " more" : shown;
    }
}
