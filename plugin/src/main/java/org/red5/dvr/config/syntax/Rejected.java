package org.red5.dvr.config.syntax;

/** Ends the reading of one directive at its first mistake; the next directive is read all the same. */
public final class Rejected extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Position position;

    public Rejected(Position position, String message) {
        super(message, null, false, false);
        this.position = position;
    }

    public static Rejected expected(String what, Token found) {
        return new Rejected(found.start(), "expected " + what + ", found " + found);
    }

    public Position position() {
        return position;
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
