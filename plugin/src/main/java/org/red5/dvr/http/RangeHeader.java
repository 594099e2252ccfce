package org.red5.dvr.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one range of bytes that a Range header asks for (RFC 9110, section 14).
 *
 * @param offsetBytes first byte
 * @param lengthBytes number of bytes; 0 when the content has none of those asked for (416)
 */
record RangeHeader(long offsetBytes, long lengthBytes) {
    /** More digits than a length can have are as good as the largest. */
    private static final Pattern FORM = Pattern.compile("(?i)bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    /**
     * The range a header asks for; empty when the header is to be ignored: another unit, malformed, or several ranges.
     *
     * @param contentLengthBytes length of the whole content
     */
    static Optional<RangeHeader> parse(String header, long contentLengthBytes) {
        Matcher form = FORM.matcher(header);
        if (!form.matches()) {
            return Optional.empty();
        }
        String first = form.group(1);
        String last = form.group(2);
        if (first.isEmpty()) {
            return last.isEmpty() ? Optional.empty() : Optional.of(suffix(Long.parseLong(last), contentLengthBytes));
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE - 1 : Long.parseLong(last);
        if (to < from) {
            return Optional.empty();
        }
        long end = Math.min(to + 1, contentLengthBytes);
        return Optional.of(new RangeHeader(from, Math.max(0, end - from)));
    }

    boolean isSatisfiable() {
        return lengthBytes > 0;
    }

    /** The value of Content-Range. */
    String contentRange(long contentLengthBytes) {
        return isSatisfiable()
                ? "bytes " + offsetBytes + '-' + (offsetBytes + lengthBytes - 1) + '/' + contentLengthBytes
                : "bytes */" + contentLengthBytes;
    }

    private static RangeHeader suffix(long lengthBytes, long contentLengthBytes) {
        long length = Math.min(lengthBytes, contentLengthBytes);
        return new RangeHeader(contentLengthBytes - length, length);
    }
}
