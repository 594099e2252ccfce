package org.red5.dvr.peer;

import java.io.IOException;

/** What a peer answers is not wanted any more, which is no failure of the peer. */
public final class NotWantedException extends IOException {
    private static final long serialVersionUID = 1L;

    public NotWantedException() {
        super("not wanted any more");
    }
}
