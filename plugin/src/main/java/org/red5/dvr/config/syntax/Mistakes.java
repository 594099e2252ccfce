package org.red5.dvr.config.syntax;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Collects the mistakes of one file. */
public final class Mistakes {
    private final String file;
    private final List<Mistake> all = new ArrayList<>();
    private final Set<Integer> illFormedLines = new HashSet<>();

    public Mistakes(String file) {
        this.file = file;
    }

    /** A mistake of form: a brace, a semicolon, a quote. */
    void addIllFormed(Position position, String message) {
        all.add(new Mistake(file, position, message));
        illFormedLines.add(position.line());
    }

    /** A mistake of meaning; left out where the line is ill-formed already, as it may only follow from that. */
    public void add(Position position, String message) {
        if (!illFormedLines.contains(position.line())) {
            all.add(new Mistake(file, position, message));
        }
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    public void throwIfAny() throws ConfigurationException {
        if (!all.isEmpty()) {
            throw new ConfigurationException(all);
        }
    }
}
