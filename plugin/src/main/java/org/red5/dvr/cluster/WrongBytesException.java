package org.red5.dvr.cluster;

import java.io.IOException;

/** A peer's bytes of a segment are not those that an index says. */
final class WrongBytesException extends IOException {
    private static final long serialVersionUID = 1L;

    WrongBytesException(String message) {
        super(message);
    }
}
