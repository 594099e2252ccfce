package org.red5.dvr.peer.client;

import java.io.IOException;
import org.red5.dvr.peer.wire.Protocol;

/** A peer speaks another version of the peer interface. The message is a phrase for a person, to stand behind its name. */
public final class OtherVersionException extends IOException {
    private static final long serialVersionUID = 1L;

    OtherVersionException(int version) {
        super(Protocol.differs(version));
    }
}
