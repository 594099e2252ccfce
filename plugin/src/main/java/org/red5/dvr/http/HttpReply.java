package org.red5.dvr.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;

/**
 * What to send back.
 *
 * @param status the HTTP status code
 * @param headers all headers but Content-Length, in the order to send them
 * @param contentLengthBytes the value of Content-Length, negative when there is to be none (RFC 9110, section 8.6)
 * @param body the body; empty for HEAD even where there is a Content-Length
 */
public record HttpReply(int status, List<Header> headers, long contentLengthBytes, Optional<MediaBytes> body)
        implements Reply {
    /** One header. */
    public record Header(String name, String value) {}

    public HttpReply {
        headers = List.copyOf(headers);
    }

    /** A reply that is one plain sentence for a person to read. */
    public static HttpReply sentence(int status, String sentence) {
        byte[] body = (sentence + '\n').getBytes(StandardCharsets.UTF_8);
        List<Header> headers = List.of(
                new Header("Content-Type", "text/plain;charset=utf-8"),
                new Header("Cache-Control", "no-cache"),
                new Header("X-Content-Type-Options", "nosniff"));
        return new HttpReply(status, headers, body.length, Optional.of(new InMemory(body)));
    }

    /** The reply to a request with a body where none is wanted; whoever sends it drops the connection. */
    public static HttpReply bodyRefused() {
        return sentence(413, "Requests have no body here.");
    }

    /** The reply of a server that has no memory for a larger one. */
    public static HttpReply overloaded() {
        return sentence(503, "This server has too many slow clients.").with(List.of(new Header("Retry-After", "1")));
    }

    /** The same reply, and the connection ends with it. */
    public HttpReply closing() {
        return with(List.of(new Header("Connection", "close")));
    }

    /** The same reply with more headers. */
    public HttpReply with(List<Header> more) {
        List<Header> all = new ArrayList<>(headers);
        all.addAll(more);
        return new HttpReply(status, all, contentLengthBytes, body);
    }

    /** The same reply as HEAD gets it. */
    public HttpReply withoutBody() {
        return new HttpReply(status, headers, contentLengthBytes, Optional.empty());
    }

    /** The value of the first header of a name. */
    public Optional<String> header(String name) {
        return headers.stream()
                .filter(header -> header.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }
}
