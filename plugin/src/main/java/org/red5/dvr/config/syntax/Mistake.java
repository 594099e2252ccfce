package org.red5.dvr.config.syntax;

/**
 * One mistake in a configuration file.
 *
 * @param file the file's name, as it is shown to the operator
 * @param position where the mistake is
 * @param message what was expected and what was found
 */
public record Mistake(String file, Position position, String message) {
    /** {@code file:line:column: message}. */
    @Override
    public String toString() {
        return file + ':' + position + ": " + message;
    }
}
