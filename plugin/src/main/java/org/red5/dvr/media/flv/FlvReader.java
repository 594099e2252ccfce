package org.red5.dvr.media.flv;

import java.util.Arrays;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

/** Reads the headers of the bodies of FLV video and audio tags: of the codecs that are recorded, in both forms of the header. */
public final class FlvReader {
    private static final int H264 = 7;
    /** In use without a standard, from before the enhanced header. */
    private static final int H265 = 12;

    private static final int AV1 = 13;
    private static final int HEADER_BYTES = 5;
    private static final int MP3 = 2;
    private static final int ENHANCED = 9;
    private static final int AAC = 10;
    private static final int MP3_8_KHZ = 14;
    private static final FlvBody NOTHING = new FlvBody.Nothing();

    private FlvReader() {}

    /** Whether a video tag's body holds a key frame or a codec configuration; looks at the first byte only. */
    public static boolean isKeyFrame(byte firstByte) {
        return (firstByte >> 4 & 0x7) == 1;
    }

    /**
     * A video tag's body (annex E.4.3).
     *
     * @throws CorruptMediaException when it ends before its header does
     * @throws UnsupportedMediaException when it is of a codec that is not recorded
     */
    public static FlvBody video(byte[] body) throws CorruptMediaException, UnsupportedMediaException {
        if (body.length == 0) {
            return NOTHING;
        }
        if ((body[0] & 0x80) != 0) {
            return EnhancedFlv.video(body);
        }
        VideoCodec codec = switch (body[0] & 0x0f) {
            case H264 -> VideoCodec.H264;
            case H265 -> VideoCodec.H265;
            case AV1 -> VideoCodec.AV1;
            default -> throw new UnsupportedMediaException("video codec " + videoCodecName(body[0] & 0x0f));
        };
        if (body[0] >> 4 == 5) {
            return NOTHING;
        }
        if (body.length < HEADER_BYTES) {
            throw new CorruptMediaException(codec + " video packet that ends in its header");
        }
        return switch (body[1]) {
            case 0 ->
                body.length == HEADER_BYTES
                        ? NOTHING
                        : new FlvBody.VideoSequenceHeader(codec, Arrays.copyOfRange(body, HEADER_BYTES, body.length));
            case 1 ->
                body.length == HEADER_BYTES
                        ? NOTHING
                        : new FlvBody.CodedVideo(codec, isKeyFrame(body[0]), signed24(body, 2), HEADER_BYTES);
            case 2 -> NOTHING;
            default -> throw new CorruptMediaException(codec + " packet type " + (body[1] & 0xff));
        };
    }

    /**
     * An audio tag's body (annex E.4.2).
     *
     * @throws CorruptMediaException when it ends before its header does
     * @throws UnsupportedMediaException when it is of a codec that is not recorded
     */
    public static FlvBody audio(byte[] body) throws CorruptMediaException, UnsupportedMediaException {
        if (body.length == 0) {
            return NOTHING;
        }
        int codec = body[0] >> 4 & 0x0f;
        if (codec == ENHANCED) {
            return EnhancedFlv.audio(body);
        }
        if (codec == MP3 || codec == MP3_8_KHZ) {
            return body.length == 1 ? NOTHING : new FlvBody.CodedAudio(AudioCodec.MP3, 1);
        }
        if (codec != AAC) {
            throw new UnsupportedMediaException("audio codec " + audioCodecName(codec));
        }
        if (body.length < 2) {
            throw new CorruptMediaException("AAC packet that ends in its header");
        }
        return switch (body[1]) {
            case 0 -> new FlvBody.AudioSequenceHeader(AudioCodec.AAC, Arrays.copyOfRange(body, 2, body.length));
            case 1 -> body.length == 2 ? NOTHING : new FlvBody.CodedAudio(AudioCodec.AAC, 2);
            default -> throw new CorruptMediaException("AAC packet type " + (body[1] & 0xff));
        };
    }

    static int signed24(byte[] data, int offset) {
        return data[offset] << 16 | (data[offset + 1] & 0xff) << 8 | data[offset + 2] & 0xff;
    }

    private static String videoCodecName(int codec) {
        return switch (codec) {
            case 2 -> "Sorenson H.263";
            case 3 -> "Screen video";
            case 4 -> "VP6";
            case 5 -> "VP6 with alpha";
            case 6 -> "Screen video 2";
            default -> "number " + codec;
        };
    }

    private static String audioCodecName(int codec) {
        return switch (codec) {
            case 0, 3 -> "PCM";
            case 1 -> "ADPCM";
            case 4, 5, 6 -> "Nellymoser";
            case 7 -> "G.711 A-law";
            case 8 -> "G.711 mu-law";
            case 11 -> "Speex";
            default -> "number " + codec;
        };
    }
}
