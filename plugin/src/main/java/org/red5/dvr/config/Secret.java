package org.red5.dvr.config;

/**
 * A word that must not appear in a log: it does not show itself.
 *
 * @param value the word
 */
public record Secret(String value) {
    @Override
    public String toString() {
        return "(secret)";
    }
}
