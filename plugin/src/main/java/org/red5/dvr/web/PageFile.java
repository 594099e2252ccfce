package org.red5.dvr.web;

import java.util.List;
import org.red5.dvr.http.Conditional;
import org.red5.dvr.http.Content;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.timeline.MediaBytes.InMemory;
import org.red5.dvr.util.Crc32c;

/**
 * A file of the player page, kept in memory. Browsers are told to load and run nothing but such files, whatever somebody may get
 * into the page (Content Security Policy Level 3).
 */
public final class PageFile {
    private static final String METHODS = "GET, HEAD";
    private static final List<Header> POLICY = List.of(
            // hls.js makes its worker and its media source as blobs.
            new Header(
                    "Content-Security-Policy",
                    "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; img-src 'self' data:; object-src 'none';"
                            + " base-uri 'none'; form-action 'self'"),
            new Header("X-Content-Type-Options", "nosniff"),
            new Header("Referrer-Policy", "same-origin"));

    private final Content content;

    /**
     * @param type its media type
     * @param bytes all of it, not changed by anybody
     */
    public PageFile(String type, byte[] bytes) {
        String etag = '"' + Crc32c.text(Crc32c.of(bytes)) + '-' + bytes.length + '"';
        content = new Content(type, etag, "no-cache", true, new InMemory(bytes), List.of());
    }

    /** The reply to a request for it. */
    public HttpReply reply(HttpRequest request) {
        if (!request.isHead() && !request.method().equals("GET")) {
            return HttpReply.sentence(405, Sentences.quote(request.method()) + " is not one of " + METHODS + '.')
                    .with(List.of(new Header("Allow", METHODS)));
        }
        HttpReply reply = Conditional.reply(request, content).with(POLICY);
        return request.isHead() ? reply.withoutBody() : reply;
    }
}
