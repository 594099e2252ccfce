package org.red5.dvr.peer.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Is told of a reply that may have media, as it comes. One thread at a time calls, and must not be blocked. */
public interface MediaListener {
    /** Takes a body as it comes. */
    @FunctionalInterface
    interface Sink {
        /** @throws IOException when no more is wanted, which breaks the connection and is what becomes of the reply */
        void take(ByteBuffer bytes) throws IOException;
    }

    /** The first byte that is wanted; 0 for all. */
    default long fromBytes() {
        return 0;
    }

    /**
     * The head has come; the body may take as long now as its bytes do not stand still.
     *
     * @param head the reply without its body
     * @return who takes the body; empty for one that is to be in the reply
     * @throws IOException when it is not wanted, as with {@link Sink#take}
     */
    Optional<Sink> begins(PeerReply head) throws IOException;

    /** For a body that is to be in the reply. */
    static MediaListener of(Runnable onFirstByte) {
        return head -> {
            onFirstByte.run();
            return Optional.empty();
        };
    }
}
