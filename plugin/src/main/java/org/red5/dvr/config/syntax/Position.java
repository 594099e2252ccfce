package org.red5.dvr.config.syntax;

/**
 * A place in a configuration file, as editors count: both from one, columns in characters (code points), a tab is one.
 *
 * @param line line, from 1
 * @param column column, from 1; one behind the last character of a line is its end
 */
public record Position(int line, int column) implements Comparable<Position> {
    /** The beginning of a file. */
    public static final Position START = new Position(1, 1);

    public Position {
        if (line < 1 || column < 1) {
            throw new IllegalArgumentException("lines and columns count from 1: " + line + ':' + column);
        }
    }

    @Override
    public int compareTo(Position other) {
        return line != other.line ? Integer.compare(line, other.line) : Integer.compare(column, other.column);
    }

    /** {@code line:column}. */
    @Override
    public String toString() {
        return line + ":" + column;
    }
}
