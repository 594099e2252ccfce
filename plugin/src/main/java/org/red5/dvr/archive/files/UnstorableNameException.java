package org.red5.dvr.archive.files;

import java.io.IOException;

/** A name that no directory can have. The message says which and why. */
public final class UnstorableNameException extends IOException {
    private static final long serialVersionUID = 1;

    UnstorableNameException(String message) {
        super(message);
    }
}
