package org.red5.dvr.media.flv;

import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

/**
 * Tells what kind of packet the body of an FLV tag is, whatever its codec: for those who pass packets on unread (Adobe FLV
 * 10.1, annex E.4.2 and E.4.3; Enhanced RTMP, version 2). Of H.264 and H.265 the first slice is looked at, as encoders' flags are not
 * always right.
 */
public final class FlvBodies {
    private static final int KEY_FRAME = 1;
    private static final int AAC = 10;
    private static final int ENHANCED_AUDIO = 9;
    private static final int SEQUENCE_START = 0;
    private static final int CODED_FRAMES = 1;
    private static final int CODED_FRAMES_X = 3;
    private static final int MPEG2_TS_SEQUENCE_START = 5;

    private FlvBodies() {}

    /** Whether a video tag's body is a codec configuration, without which the frames behind it cannot be decoded. */
    public static boolean isVideoConfiguration(byte[] body) {
        if (body.length < 2) {
            return false;
        }
        int packetType = body[0] & 0x0f;
        if (isEnhancedVideo(body)) {
            return packetType == SEQUENCE_START || packetType == MPEG2_TS_SEQUENCE_START;
        }
        return hasPacketType(packetType) && body[1] == SEQUENCE_START;
    }

    /** Whether decoding can start at a video tag's body: it holds a key frame, and is no codec configuration. */
    public static boolean isKeyFrame(byte[] body) {
        if (body.length < 2) {
            return false;
        }
        boolean flagged = (body[0] >> 4 & 0x7) == KEY_FRAME;
        int packetType = body[0] & 0x0f;
        if (isEnhancedVideo(body)) {
            boolean coded = packetType == CODED_FRAMES || packetType == CODED_FRAMES_X;
            return coded ? isKeyFrame(body, flagged) : flagged && packetType > MPEG2_TS_SEQUENCE_START;
        }
        if (!hasPacketType(packetType)) {
            return flagged;
        }
        return body[1] == CODED_FRAMES && isKeyFrame(body, flagged);
    }

    private static boolean isKeyFrame(byte[] body, boolean flagged) {
        try {
            return FlvReader.video(body) instanceof FlvBody.CodedVideo coded && coded.codec() != VideoCodec.AV1
                    ? FirstSlice.isKeyFrame(body, coded, flagged)
                    : flagged;
        } catch (CorruptMediaException | UnsupportedMediaException e) {
            return flagged;
        }
    }

    /** Whether an audio tag's body is a codec configuration. */
    public static boolean isAudioConfiguration(byte[] body) {
        if (body.length < 2) {
            return false;
        }
        int format = body[0] >> 4 & 0x0f;
        return format == AAC && body[1] == SEQUENCE_START
                || format == ENHANCED_AUDIO && (body[0] & 0x0f) == SEQUENCE_START;
    }

    private static boolean isEnhancedVideo(byte[] body) {
        return (body[0] & 0x80) != 0;
    }

    /** Of these codecs the second byte tells configurations from frames: H.264, and in use without a standard H.265 and AV1. */
    private static boolean hasPacketType(int codec) {
        return codec == 7 || codec == 12 || codec == 13;
    }
}
