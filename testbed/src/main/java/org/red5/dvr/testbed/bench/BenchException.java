package org.red5.dvr.testbed.bench;

/** A command line that cannot be carried out; the message says what was expected. */
final class BenchException extends Exception {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }
}
