package org.red5.dvr.media.flv;

import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.bitstream.NalSyntax;
import org.red5.dvr.media.bitstream.NalSyntax.Kind;
import org.red5.dvr.media.bitstream.Sei;

/**
 * Looks at a packet of H.264 or H.265 as far as its first slice, to tell whether it is a key frame. Lengths have four bytes, or
 * there are start codes; of what is framed otherwise the encoder's flag counts.
 */
final class FirstSlice {
    private static final int LENGTH_BYTES = 4;
    private static final int START_CODE_BYTES = 3;

    private FirstSlice() {}

    static boolean isKeyFrame(byte[] body, FlvBody.CodedVideo coded, boolean flagged) {
        NalSyntax syntax = coded.codec() == VideoCodec.H264 ? NalSyntax.H264 : NalSyntax.H265;
        boolean startCodes = startCodeEnd(body, coded.offset()) >= 0;
        int at = coded.offset();
        boolean recoveryPoint = false;
        while (at >= 0 && at < body.length) {
            int start = startCodes ? startCodeEnd(body, at) : at + LENGTH_BYTES;
            int end = startCodes ? nextStartCode(body, start) : start + length(body, at);
            if (start < 0 || end - start < syntax.headerBytes() || end > body.length) {
                return flagged;
            }
            Kind kind = syntax.kind(body, start);
            if (kind.isSlice()) {
                boolean intra = flagged && syntax == NalSyntax.H264 && syntax.isIntra(body, start, end);
                return kind == Kind.RANDOM_ACCESS_SLICE || recoveryPoint || intra;
            }
            recoveryPoint |=
                    kind == Kind.SEI && Sei.of(syntax, body, start, end).recoveryPoint();
            at = end;
        }
        return false;
    }

    private static int length(byte[] body, int at) {
        if (body.length - at < LENGTH_BYTES) {
            return -1;
        }
        int length = (body[at] & 0xff) << 24
                | (body[at + 1] & 0xff) << 16
                | (body[at + 2] & 0xff) << 8
                | body[at + 3] & 0xff;
        return length > body.length - at - LENGTH_BYTES ? -1 : length;
    }

    /** Where the start code ends that stands at a place, with noughts in front; -1 without one. */
    private static int startCodeEnd(byte[] body, int offset) {
        int at = offset;
        while (at >= 0 && at < body.length && body[at] == 0) {
            at++;
        }
        boolean isCode = at - offset >= START_CODE_BYTES - 1 && at < body.length && body[at] == 1;
        return isCode && !(at - offset < LENGTH_BYTES - 1 && isChain(body, offset)) ? at + 1 : -1;
    }

    /** Whether lengths lead from a place to the end: what looks like a short start code may be a length of 256 and more. */
    private static boolean isChain(byte[] body, int offset) {
        int at = offset;
        while (at < body.length) {
            int length = length(body, at);
            if (length < 0) {
                return false;
            }
            at += LENGTH_BYTES + length;
        }
        return at == body.length;
    }

    private static int nextStartCode(byte[] body, int from) {
        for (int i = Math.max(0, from); i + START_CODE_BYTES <= body.length; i++) {
            if (body[i] == 0 && body[i + 1] == 0 && body[i + 2] == 1) {
                return i;
            }
        }
        return body.length;
    }
}
