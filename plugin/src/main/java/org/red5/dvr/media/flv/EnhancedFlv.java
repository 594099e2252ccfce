package org.red5.dvr.media.flv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

/**
 * Reads the bodies' headers of tags with the enhanced header, whose codec is a FourCC (Enhanced RTMP, versions 1 and 2). Of the
 * packets of version 2, those that bundle several tracks or extend the header are not recorded.
 */
final class EnhancedFlv {
    private static final int HEADER_BYTES = 5;
    private static final int OFFSET_BYTES = 3;
    private static final int SEQUENCE_START = 0;
    private static final int CODED_FRAMES = 1;
    private static final int SEQUENCE_END = 2;
    private static final int CODED_FRAMES_X = 3;
    private static final int VIDEO_METADATA = 4;
    private static final int MULTICHANNEL_CONFIG = 4;
    private static final int COMMAND_FRAME = 5;
    private static final FlvBody NOTHING = new FlvBody.Nothing();

    private EnhancedFlv() {}

    static FlvBody video(byte[] body) throws CorruptMediaException, UnsupportedMediaException {
        int type = body[0] & 0xf;
        if (type == VIDEO_METADATA || (body[0] >> 4 & 0x7) == COMMAND_FRAME) {
            return NOTHING;
        }
        requirePlain(type, VIDEO_METADATA, "video");
        String fourCc = fourCc(body);
        VideoCodec codec = switch (fourCc) {
            case "avc1" -> VideoCodec.H264;
            case "hvc1", "hev1" -> VideoCodec.H265;
            case "av01" -> VideoCodec.AV1;
            default -> throw new UnsupportedMediaException("video of enhanced RTMP codec " + fourCc);
        };
        return switch (type) {
            case SEQUENCE_START ->
                body.length == HEADER_BYTES
                        ? NOTHING
                        : new FlvBody.VideoSequenceHeader(codec, Arrays.copyOfRange(body, HEADER_BYTES, body.length));
            case SEQUENCE_END -> NOTHING;
            default -> codedVideo(body, codec, type == CODED_FRAMES && codec.isReordered());
        };
    }

    private static FlvBody codedVideo(byte[] body, VideoCodec codec, boolean withOffset) throws CorruptMediaException {
        if (withOffset && body.length < HEADER_BYTES + OFFSET_BYTES) {
            throw new CorruptMediaException(codec + " video packet that ends in its header");
        }
        int at = withOffset ? HEADER_BYTES + OFFSET_BYTES : HEADER_BYTES;
        int offsetMillis = withOffset ? FlvReader.signed24(body, HEADER_BYTES) : 0;
        return at == body.length
                ? NOTHING
                : new FlvBody.CodedVideo(codec, FlvReader.isKeyFrame(body[0]), offsetMillis, at);
    }

    static FlvBody audio(byte[] body) throws CorruptMediaException, UnsupportedMediaException {
        int type = body[0] & 0xf;
        if (type == MULTICHANNEL_CONFIG || type == SEQUENCE_END) {
            return NOTHING;
        }
        requirePlain(type, CODED_FRAMES, "audio");
        String fourCc = fourCc(body);
        AudioCodec codec = switch (fourCc) {
            case "mp4a" -> AudioCodec.AAC;
            case ".mp3" -> AudioCodec.MP3;
            case "Opus" -> AudioCodec.OPUS;
            default -> throw new UnsupportedMediaException("audio of enhanced RTMP codec " + fourCc);
        };
        if (body.length == HEADER_BYTES) {
            return NOTHING;
        }
        if (codec == AudioCodec.MP3) {
            return type == SEQUENCE_START ? NOTHING : new FlvBody.CodedAudio(codec, HEADER_BYTES);
        }
        return type == SEQUENCE_START
                ? new FlvBody.AudioSequenceHeader(codec, Arrays.copyOfRange(body, HEADER_BYTES, body.length))
                : new FlvBody.CodedAudio(codec, HEADER_BYTES);
    }

    private static void requirePlain(int type, int highest, String what) throws UnsupportedMediaException {
        if (type > Math.min(highest, CODED_FRAMES_X)) {
            throw new UnsupportedMediaException(what + " of enhanced RTMP packet type " + type);
        }
    }

    /** Unprintable characters as question marks. */
    private static String fourCc(byte[] body) throws CorruptMediaException {
        if (body.length < HEADER_BYTES) {
            throw new CorruptMediaException("enhanced RTMP packet that ends in its header");
        }
        byte[] name = Arrays.copyOfRange(body, 1, HEADER_BYTES);
        for (int i = 0; i < name.length; i++) {
            name[i] = name[i] >= 0x20 && name[i] < 0x7f ? name[i] : (byte) '?';
        }
        return new String(name, StandardCharsets.US_ASCII);
    }
}
