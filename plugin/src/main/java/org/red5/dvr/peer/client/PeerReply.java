package org.red5.dvr.peer.client;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A peer's answer, whole.
 *
 * @param status HTTP status code
 * @param headers by name, in any case
 * @param body not to be changed
 */
@SuppressWarnings("ArrayRecordComponent")
public record PeerReply(int status, Map<String, String> headers, byte[] body) {
    public PeerReply {
        TreeMap<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        anyCase.putAll(headers);
        headers = anyCase;
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }
}
