package org.red5.dvr.peer;

import java.io.IOException;

/** A peer's bytes of a segment are not those that an index says. */
public final class WrongBytesException extends IOException {
    private static final long serialVersionUID = 1L;

    public WrongBytesException(String message) {
        super(message);
    }
}
