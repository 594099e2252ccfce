package org.red5.dvr.media.bitstream;

/** Media bytes that break the rules of their format. The message says which field, and what it holds. */
public final class CorruptMediaException extends Exception {
    public CorruptMediaException(String message) {
        super(message);
    }
}
