package org.red5.dvr.http;

import java.util.List;
import org.red5.dvr.bytes.MediaBytes;

/**
 * What an address stands for at this moment, before any condition or range of the request is looked at.
 *
 * @param type its media type
 * @param etag its strong entity tag, with quotes
 * @param cacheControl for how long it may be kept
 * @param isCompressible whether it is worth compressing
 * @param bytes all of it
 * @param origin headers that say where it comes from
 */
public record Content(
        String type,
        String etag,
        String cacheControl,
        boolean isCompressible,
        MediaBytes bytes,
        List<HttpReply.Header> origin) {}
