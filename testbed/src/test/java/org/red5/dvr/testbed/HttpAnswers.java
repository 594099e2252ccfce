package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows the answers on one connection (HTTP/1.1, RFC 9112, to {@code GET} alone) as their bytes pass, so that a {@link Body}
 * sees each body piece by piece, without the framing. For one thread.
 */
final class HttpAnswers {
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)");
    private static final Pattern CHUNKED = Pattern.compile("\r\ntransfer-encoding: *chunked");
    private static final int LF = 10;

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        UNTIL_CLOSE
    }

    /** Is told what passes. */
    interface Body {
        /** An answer begins: its status, and how long its body will be where the head says so. */
        void begin(int status, OptionalLong lengthBytes) throws IOException;

        /** A piece of a body, which may be changed in place; gives how many of its bytes may pass, fewer to cut it off there. */
        int piece(byte[] bytes, int offset, int length);
    }

    private final Body body;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private State state = State.HEAD;
    private long left;

    HttpAnswers(Body body) {
        this.body = body;
    }

    /** Takes what came next; gives how many of the bytes are to be passed on: fewer than there are when a body is cut. */
    int pass(byte[] bytes, int length) throws IOException {
        int at = 0;
        while (at < length) {
            switch (state) {
                case BODY, CHUNK, UNTIL_CLOSE -> {
                    int piece = (int) Math.min(left, length - at);
                    int passed = body.piece(bytes, at, piece);
                    at += passed;
                    if (passed < piece) {
                        return at;
                    }
                    left -= piece;
                    if (left == 0) {
                        state = state == State.CHUNK ? State.CHUNK_END : State.HEAD;
                    }
                }
                default -> {
                    line.write(bytes[at++]);
                    if (bytes[at - 1] == LF) {
                        onLine();
                    }
                }
            }
        }
        return at;
    }

    private void onLine() throws IOException {
        String text = line.toString(StandardCharsets.ISO_8859_1);
        switch (state) {
            case HEAD -> {
                if (text.endsWith("\r\n\r\n")) {
                    line.reset();
                    onHead(text.toLowerCase(Locale.ROOT));
                }
            }
            case CHUNK_SIZE -> {
                line.reset();
                left = Long.parseLong(text.strip().split(";", 2)[0], 16);
                state = left == 0 ? State.TRAILER : State.CHUNK;
            }
            case CHUNK_END -> {
                line.reset();
                state = State.CHUNK_SIZE;
            }
            case TRAILER -> {
                line.reset();
                state = text.isBlank() ? State.HEAD : State.TRAILER;
            }
            default -> throw new IllegalStateException("a line in " + state);
        }
    }

    private void onHead(String head) throws IOException {
        int status = Integer.parseInt(head.substring(9, 12));
        Matcher length = LENGTH.matcher(head);
        boolean chunked = CHUNKED.matcher(head).find();
        OptionalLong known = length.find() ? OptionalLong.of(Long.parseLong(length.group(1))) : OptionalLong.empty();
        boolean bodiless = status < 200 || status == 204 || status == 304;
        if (status >= 200) {
            body.begin(status, bodiless ? OptionalLong.of(0) : known);
        }
        left = known.orElse(Long.MAX_VALUE);
        if (bodiless || left == 0) {
            state = State.HEAD;
        } else if (chunked) {
            state = State.CHUNK_SIZE;
        } else {
            state = known.isPresent() ? State.BODY : State.UNTIL_CLOSE;
        }
    }
}
