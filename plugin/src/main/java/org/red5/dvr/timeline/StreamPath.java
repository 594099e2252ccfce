package org.red5.dvr.timeline;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;

/**
 * Makes and parses the form that names have in addresses, for viewers and between servers; no other class does.
 *
 * <p>A slash in a name stays a slash; what RFC 3986 does not allow in a path is percent-encoded UTF-8. Web servers refuse or
 * rewrite some paths however they are encoded: with {@code .} or {@code ..} or nothing between slashes, backslashes,
 * control characters, and folders of their own. Those characters are written as a tilde and two hexadecimal digits per
 * byte of UTF-8 ({@code ..} is {@code ~2E~2E}, the second slash of {@code a//b} is {@code ~2F}), and so is a tilde that
 * would look like one of these.
 */
public final class StreamPath {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final String UNRESERVED_MARKS = "-._~";
    /** First elements that mean something else here, or that the servlet container keeps for itself. */
    private static final Set<String> TAKEN = Set.of("assets", "peer", "web-inf", "meta-inf");

    private StreamPath() {}

    /** A path that is not what it should be; the message is a sentence for the client. */
    public static final class MalformedPathException extends Exception {
        private static final long serialVersionUID = 1;

        public MalformedPathException(String sentence) {
            super(sentence, null, false, false);
        }
    }

    /** The path of a stream, without slashes around it: {@code live/camera}. */
    public static String of(StreamKey stream) {
        StringBuilder path = new StringBuilder();
        String app = stream.app();
        if (TAKEN.contains(app.toLowerCase(Locale.ROOT))) {
            escape(path, '~', app.charAt(0));
            app = app.substring(1);
        }
        appendElement(path, app);
        path.append('/');
        String name = stream.name();
        int start = 0;
        for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', start)) {
            appendElement(path, name.substring(start, slash));
            boolean separates =
                    path.charAt(path.length() - 1) != '/' && slash + 1 < name.length() && name.charAt(slash + 1) != '/';
            if (separates) {
                path.append('/');
            } else {
                escape(path, '~', '/');
            }
            start = slash + 1;
        }
        appendElement(path, name.substring(start));
        return path.toString();
    }

    /**
     * The name that an element of a path, or several with slashes between them, stand for.
     *
     * @param raw as in the address, not decoded
     */
    public static String decode(String raw) throws MalformedPathException {
        ByteBuffer bytes = ByteBuffer.wrap(unescapeTilde(unescapePercent(raw.getBytes(StandardCharsets.UTF_8))));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedPathException("The address holds bytes that are not UTF-8.");
        }
    }

    /**
     * The stream that a path names.
     *
     * @param rawPath as in the address, not decoded, without slashes around it
     */
    public static StreamKey parse(String rawPath) throws MalformedPathException {
        int slash = rawPath.indexOf('/');
        String app = decode(slash < 0 ? rawPath : rawPath.substring(0, slash));
        String name = slash < 0 ? "" : decode(rawPath.substring(slash + 1));
        if (app.isEmpty() || app.indexOf('/') >= 0 || name.isEmpty()) {
            throw new MalformedPathException("The address does not name a stream as <application>/<stream>.");
        }
        return new StreamKey(app, name);
    }

    private static void appendElement(StringBuilder path, String element) {
        boolean isDots = element.equals(".") || element.equals("..");
        for (int i = 0, c; i < element.length(); i += Character.charCount(c)) {
            c = element.codePointAt(i);
            if (isDots || c == '\\' || Character.isISOControl(c) || isEscape(element, i)) {
                escape(path, '~', c);
            } else if (isAsciiLetterOrDigit(c) || UNRESERVED_MARKS.indexOf(c) >= 0) {
                path.append((char) c);
            } else {
                escape(path, '%', c);
            }
        }
    }

    private static void escape(StringBuilder path, char mark, int codePoint) {
        for (byte unit : Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)) {
            path.append(mark);
            HEX.toHexDigits(path, unit);
        }
    }

    private static boolean isEscape(String text, int index) {
        return text.charAt(index) == '~'
                && index + 2 < text.length()
                && HexFormat.isHexDigit(text.charAt(index + 1))
                && HexFormat.isHexDigit(text.charAt(index + 2));
    }

    private static boolean isAsciiLetterOrDigit(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static byte[] unescapePercent(byte[] raw) throws MalformedPathException {
        byte[] plain = new byte[raw.length];
        int length = 0;
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] != '%') {
                plain[length++] = raw[i];
            } else if (hasHexPair(raw, i + 1)) {
                plain[length++] = hexPair(raw, i + 1);
                i += 2;
            } else {
                throw new MalformedPathException(
                        "In the address, a percent sign is not followed by two hexadecimal digits.");
            }
        }
        return Arrays.copyOf(plain, length);
    }

    private static byte[] unescapeTilde(byte[] raw) {
        byte[] plain = new byte[raw.length];
        int length = 0;
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] == '~' && hasHexPair(raw, i + 1)) {
                plain[length++] = hexPair(raw, i + 1);
                i += 2;
            } else {
                plain[length++] = raw[i];
            }
        }
        return Arrays.copyOf(plain, length);
    }

    private static boolean hasHexPair(byte[] bytes, int index) {
        return index + 1 < bytes.length && HexFormat.isHexDigit(bytes[index]) && HexFormat.isHexDigit(bytes[index + 1]);
    }

    private static byte hexPair(byte[] bytes, int index) {
        return (byte) (HexFormat.fromHexDigit(bytes[index]) << 4 | HexFormat.fromHexDigit(bytes[index + 1]));
    }
}
