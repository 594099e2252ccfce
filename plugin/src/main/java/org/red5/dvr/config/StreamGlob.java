package org.red5.dvr.config;

import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;

/**
 * Names one stream, or many by {@code *}, which stands for any characters, slashes too, and for none.
 *
 * <p>A pattern without a slash means the application {@code live}; {@code *} alone means every stream of every
 * application. Letters are compared as they are: upper and lower case differ.
 *
 * @param pattern {@code app/name} with or without {@code *}, or {@code *} alone; never two {@code *} in a row
 */
public record StreamGlob(String pattern) {
    private static final String DEFAULT_APP = "live/";

    public StreamGlob {
        int slash = pattern.indexOf('/');
        boolean complete = slash > 0 && slash < pattern.length() - 1;
        if (pattern.contains("**") || !(complete || pattern.equals("*"))) {
            throw new IllegalArgumentException("not app/name: \"" + pattern + '"');
        }
    }

    /**
     * Reads a pattern as it is written in a configuration.
     *
     * @throws IllegalArgumentException where the application or the name is empty
     */
    public static StreamGlob of(String written) {
        String pattern = written.replaceAll("\\*{2,}", "*");
        boolean complete = pattern.indexOf('/') >= 0 || pattern.equals("*") || pattern.isEmpty();
        return new StreamGlob(complete ? pattern : DEFAULT_APP + pattern);
    }

    /** The stream that is named, where the pattern names one. */
    public Optional<StreamKey> only() {
        int slash = pattern.indexOf('/');
        return pattern.indexOf('*') >= 0
                ? Optional.empty()
                : Optional.of(new StreamKey(pattern.substring(0, slash), pattern.substring(slash + 1)));
    }

    public boolean matches(StreamKey stream) {
        return matches(stream.fullName());
    }

    /** The characters of the pattern that are not {@code *}: the more, the fewer characters of a name are under it. */
    int literalCharacters() {
        return pattern.codePointCount(0, pattern.length()) - stars();
    }

    /** How many {@code *} the pattern has. */
    int stars() {
        return (int) pattern.chars().filter(c -> c == '*').count();
    }

    /** Compares from the left; on a mismatch the latest {@code *} takes one character more. Never recursive. */
    private boolean matches(String name) {
        int inPattern = 0;
        int inName = 0;
        int star = -1;
        int takenByStar = 0;
        while (inName < name.length()) {
            if (inPattern < pattern.length() && pattern.charAt(inPattern) == '*') {
                star = inPattern++;
                takenByStar = inName;
            } else if (inPattern < pattern.length() && pattern.charAt(inPattern) == name.charAt(inName)) {
                inPattern++;
                inName++;
            } else if (star >= 0) {
                inPattern = star + 1;
                inName = ++takenByStar;
            } else {
                return false;
            }
        }
        while (inPattern < pattern.length() && pattern.charAt(inPattern) == '*') {
            inPattern++;
        }
        return inPattern == pattern.length();
    }

    @Override
    public String toString() {
        return pattern;
    }
}
