package org.red5.dvr.http;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.MediaBytes;

/**
 * What to send back.
 *
 * @param status the HTTP status code
 * @param headers all headers but Content-Length, in the order to send them
 * @param contentLengthBytes the value of Content-Length, negative when there is to be none (RFC 9110, section 8.6)
 * @param body the body; empty for HEAD even where there is a Content-Length
 */
public record HttpReply(int status, List<Header> headers, long contentLengthBytes, Optional<MediaBytes> body) {
    /** One header. */
    public record Header(String name, String value) {}

    public HttpReply {
        headers = List.copyOf(headers);
    }

    /** The value of the first header of a name. */
    public Optional<String> header(String name) {
        return headers.stream()
                .filter(header -> header.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }
}
