package org.red5.dvr.http;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.bytes.MediaBytes;

/**
 * What an address stands for at this moment, before any condition or range of the request is looked at.
 *
 * @param type its media type
 * @param etag its strong entity tag, with quotes
 * @param cacheControl for how long it may be kept
 * @param text the same, where it is worth compressing
 * @param bytes all of it
 * @param origin headers that say where it comes from
 */
public record Content(
        String type,
        String etag,
        String cacheControl,
        Optional<Text> text,
        MediaBytes bytes,
        List<HttpReply.Header> origin) {
    /** One that is text. */
    public static Content of(String type, String cacheControl, Text text, List<HttpReply.Header> origin) {
        return new Content(type, text.etag(), cacheControl, Optional.of(text), text.plain(), origin);
    }

    /** One that is not worth compressing. */
    public static Content of(
            String type, String etag, String cacheControl, MediaBytes bytes, List<HttpReply.Header> origin) {
        return new Content(type, etag, cacheControl, Optional.empty(), bytes, origin);
    }
}
