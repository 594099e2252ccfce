package org.red5.dvr.testbed;

import java.io.IOException;

/** The RTMP server said no: to a connect, a publish or a play. */
public final class RtmpRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RtmpRefusedException(String request, String answer) {
        super(request + " was refused: " + answer);
    }
}
