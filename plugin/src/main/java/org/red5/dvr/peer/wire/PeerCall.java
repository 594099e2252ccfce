package org.red5.dvr.peer.wire;

import java.util.Arrays;
import java.util.Optional;

/** What a server can be asked: the first element behind {@link Protocol#ROOT}. */
public enum PeerCall {
    STATUS("status"),
    STREAMS("streams"),
    HOURS("hours"),
    INDEX("index"),
    INIT("init"),
    SEGMENT("segment"),
    FOLLOW("follow"),
    LIVE("live");

    private final String word;

    PeerCall(String word) {
        this.word = word;
    }

    /** The call that stands in a path; empty when there is none of that name. */
    public static Optional<PeerCall> of(String word) {
        return Arrays.stream(values()).filter(call -> call.word.equals(word)).findFirst();
    }

    /**
     * The path below the web application.
     *
     * @param elements behind the call, encoded; a stream is one with slashes in it
     */
    public String path(Object... elements) {
        StringBuilder path = new StringBuilder(Protocol.ROOT).append(word);
        for (Object element : elements) {
            path.append('/').append(element);
        }
        return path.toString();
    }

    @Override
    public String toString() {
        return word;
    }
}
