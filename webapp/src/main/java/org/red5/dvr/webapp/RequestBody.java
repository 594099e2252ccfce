package org.red5.dvr.webapp;

import java.io.IOException;
import javax.servlet.ServletInputStream;
import javax.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The body of a request, which nobody waits for: a client may take for ever to send it. */
final class RequestBody {
    private static final Logger LOG = LoggerFactory.getLogger(RequestBody.class);
    private static final int PIECE_BYTES = 8_192;

    private RequestBody() {}

    /** Whether the head announces one (RFC 9112, section 6). */
    static boolean isAnnounced(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    /**
     * Passes over what has come already, so that a client that has sent a small body gets to read the reply: a connection that is closed
     * with unread bytes is reset.
     *
     * @return whether that is all of it
     */
    static boolean isOver(HttpServletRequest request) throws IOException {
        ServletInputStream in = request.getInputStream();
        byte[] piece = new byte[PIECE_BYTES];
        try {
            while (!in.isFinished() && in.available() > 0) {
                if (in.read(piece, 0, Math.min(piece.length, in.available())) < 0) {
                    return true;
                }
            }
            return in.isFinished();
        } catch (IOException e) {
            LOG.debug("What came is no body: {}", e.toString());
            return false;
        }
    }
}
