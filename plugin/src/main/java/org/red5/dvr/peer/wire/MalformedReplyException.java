package org.red5.dvr.peer.wire;

import java.io.IOException;

/** A peer's reply that breaks the interface. The message says what is wrong with it. */
public final class MalformedReplyException extends IOException {
    private static final long serialVersionUID = 1;

    public MalformedReplyException(String message) {
        super(message);
    }
}
