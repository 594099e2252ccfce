package org.red5.dvr.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.http.HttpReply.Header;

/** Makes a reply of a content by what the request says of conditions, ranges and encodings (RFC 9110). */
public final class Conditional {
    /** Less is not worth compressing. */
    private static final int LEAST_COMPRESSED_BYTES = 2_048;

    private Conditional() {}

    /** The reply to a GET or HEAD for a content. */
    public static HttpReply reply(HttpRequest request, Content original) {
        Content content = encoded(request, original);
        @SuppressWarnings("ReferenceEquality") // Encoding makes another content, whatever is in it.
        boolean isEncoded = content != original;
        List<Header> headers = new ArrayList<>();
        headers.add(new Header("ETag", content.etag()));
        headers.add(new Header("Cache-Control", content.cacheControl()));
        headers.addAll(original.origin());
        if (original.text().isPresent()) {
            headers.add(new Header("Vary", "Accept-Encoding"));
        }
        if (request.header("If-None-Match")
                .filter(tags -> matches(tags, content.etag()))
                .isPresent()) {
            return new HttpReply(304, headers, -1, Optional.empty());
        }
        headers.add(new Header("Content-Type", content.type()));
        headers.add(new Header("Accept-Ranges", "bytes"));
        if (isEncoded) {
            headers.add(new Header("Content-Encoding", "gzip"));
        }
        long length = content.bytes().lengthBytes();
        Optional<RangeHeader> range = range(request, content);
        if (range.isEmpty()) {
            return new HttpReply(200, headers, length, Optional.of(content.bytes()));
        }
        headers.add(new Header("Content-Range", range.get().contentRange(length)));
        if (!range.get().isSatisfiable()) {
            return new HttpReply(416, headers, 0, Optional.empty());
        }
        MediaBytes part = MediaBytes.slice(
                content.bytes(), range.get().offsetBytes(), range.get().lengthBytes());
        return new HttpReply(206, headers, part.lengthBytes(), Optional.of(part));
    }

    /** A range is meant for GET only, and with If-Range only for the content it names (RFC 9110, sections 13.1.5, 14.2). */
    private static Optional<RangeHeader> range(HttpRequest request, Content content) {
        boolean isForThis =
                request.header("If-Range").map(content.etag()::equals).orElse(true);
        return request.isHead() || !isForThis
                ? Optional.empty()
                : request.header("Range")
                        .flatMap(header ->
                                RangeHeader.parse(header, content.bytes().lengthBytes()));
    }

    /** The content compressed, with a tag of its own, where that is wanted and worth while. */
    private static Content encoded(HttpRequest request, Content content) {
        if (content.text().isEmpty()
                || content.bytes().lengthBytes() < LEAST_COMPRESSED_BYTES
                || request.header("Range").isPresent()
                || !request.header("Accept-Encoding")
                        .map(Conditional::acceptsGzip)
                        .orElse(false)) {
            return content;
        }
        String etag = content.etag().substring(0, content.etag().length() - 1) + "-gzip\"";
        MediaBytes compressed = content.text().get().compressed();
        return new Content(content.type(), etag, content.cacheControl(), content.text(), compressed, content.origin());
    }

    private static boolean acceptsGzip(String acceptEncoding) {
        for (String coding : acceptEncoding.split(",")) {
            int parameters = coding.indexOf(';');
            String name = (parameters < 0 ? coding : coding.substring(0, parameters)).trim();
            if (name.equalsIgnoreCase("gzip") || name.equals("*")) {
                return parameters < 0 || !isZero(coding.substring(parameters + 1));
            }
        }
        return false;
    }

    /** Whether a weight is {@code q=0}, {@code q=0.000} and the like (RFC 9110, section 12.4.2). */
    private static boolean isZero(String weight) {
        int equals = weight.indexOf('=');
        if (equals < 0 || !weight.substring(0, equals).trim().equalsIgnoreCase("q")) {
            return false;
        }
        String value = weight.substring(equals + 1).trim();
        return !value.isEmpty() && value.chars().allMatch(c -> c == '0' || c == '.');
    }

    /** Weak comparison, as If-None-Match has it; a comma inside a tag of ours does not occur. */
    private static boolean matches(String tags, String etag) {
        for (String tag : tags.split(",")) {
            String trimmed = tag.trim();
            if (trimmed.equals("*") || trimmed.equals(etag) || trimmed.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }
}
