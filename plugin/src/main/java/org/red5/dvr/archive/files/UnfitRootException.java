package org.red5.dvr.archive.files;

import java.io.IOException;

/** Nothing may be written below a root now; reported in the log by whoever found it out, once for all of its streams. */
public abstract class UnfitRootException extends IOException {
    private static final long serialVersionUID = 1;

    UnfitRootException(String message) {
        super(message);
    }
}
