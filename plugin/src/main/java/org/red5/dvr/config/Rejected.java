package org.red5.dvr.config;

/** Ends the reading of one directive at its first mistake; the next directive is read all the same. */
final class Rejected extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Position position;

    Rejected(Position position, String message) {
        super(message, null, false, false);
        this.position = position;
    }

    static Rejected expected(String what, Token found) {
        return new Rejected(found.start(), "expected " + what + ", found " + found);
    }

    Position position() {
        return position;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
