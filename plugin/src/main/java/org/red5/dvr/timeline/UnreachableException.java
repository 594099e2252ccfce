package org.red5.dvr.timeline;

import java.io.IOException;

/** What was asked for may exist at servers that do not answer now. */
public final class UnreachableException extends IOException {
    private static final long serialVersionUID = 1;

    public UnreachableException(String message) {
        super(message);
    }
}
