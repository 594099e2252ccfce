package org.red5.dvr.archive;

import java.io.IOException;

/** Bytes from elsewhere are not taken: there is no index that they belong to, another one, or the hour is recorded here. */
public final class NotToBeFilledException extends IOException {
    private static final long serialVersionUID = 1;

    public NotToBeFilledException(String message) {
        super(message);
    }
}
