package org.red5.dvr.http;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import org.red5.dvr.http.HttpReply.Header;

/**
 * A reply whose body comes bit by bit and has no length, until the publisher completes or the client goes away.
 *
 * @param status the HTTP status code
 * @param headers in the order to send them
 * @param body subscribed to once; buffers are not to be changed
 */
public record StreamReply(int status, List<Header> headers, Flow.Publisher<ByteBuffer> body) implements Reply {
    public StreamReply {
        headers = List.copyOf(headers);
    }
}
