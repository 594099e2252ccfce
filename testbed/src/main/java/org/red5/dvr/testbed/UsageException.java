package org.red5.dvr.testbed;

/** A command line that cannot be carried out; the message says what was expected. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
