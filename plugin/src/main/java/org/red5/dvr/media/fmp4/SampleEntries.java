package org.red5.dvr.media.fmp4;

import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.ColourDescription;

/** Writes sample entries (ISO/IEC 14496-12 section 8.5.2): the codec configuration of a track. */
final class SampleEntries {
    static final int MPEG_4_AUDIO = 0x40;
    static final int MPEG_2_AUDIO = 0x69;
    static final int MPEG_1_AUDIO = 0x6b;

    private SampleEntries() {}

    static void video(BoxWriter out, VideoConfig config) {
        int entry = out.open(config.codec().sampleEntry());
        out.zeros(6).u16(1).zeros(16).u16(config.width()).u16(config.height());
        out.u32(0x480000).u32(0x480000).u32(0).u16(1).zeros(32).u16(0x18).u16(0xffff);
        configBox(out, config.codec().configBox(), config.record());
        if (!config.aspect().isSquare()) {
            int pasp = out.open("pasp");
            out.u32(config.aspect().width()).u32(config.aspect().height());
            out.close(pasp);
        }
        config.colour().ifPresent(colour -> colour(out, colour));
        out.close(entry);
    }

    /** Section 12.1.5. */
    private static void colour(BoxWriter out, ColourDescription colour) {
        int colr = out.open("colr");
        out.ascii("nclx").u16(colour.primaries()).u16(colour.transfer()).u16(colour.matrix());
        out.u8(colour.fullRange() ? 0x80 : 0);
        out.close(colr);
    }

    static void audio(BoxWriter out, AudioConfig config) {
        int entry = out.open(config.codec().sampleEntry());
        out.zeros(6).u16(1).zeros(8).u16(config.channels()).u16(16).zeros(4);
        out.u32(config.sampleRate() < 0x10000 ? (long) config.sampleRate() << 16 : 0);
        if (config.codec() == AudioCodec.OPUS) {
            configBox(out, config.codec().configBox(), config.record());
        } else {
            elementaryStream(out, config);
        }
        out.close(entry);
    }

    private static void configBox(BoxWriter out, String type, byte[] record) {
        int box = out.open(type);
        out.bytes(record);
        out.close(box);
    }

    /** ES_Descriptor with its DecoderConfigDescriptor (ISO/IEC 14496-1 section 7.2.6, 14496-14 section 5.6). */
    private static void elementaryStream(BoxWriter out, AudioConfig config) {
        byte[] specific = config.record();
        int esds = out.open(config.codec().configBox(), 0, 0);
        int decoderBytes = 13 + (specific.length > 0 ? 5 + specific.length : 0);
        descriptor(out, 3, 3 + 5 + decoderBytes + 5 + 1)
                .u16(InitSegment.AUDIO_TRACK)
                .u8(0);
        descriptor(out, 4, decoderBytes).u8(objectType(config)).u8(0x15).zeros(11);
        if (specific.length > 0) {
            descriptor(out, 5, specific.length).bytes(specific);
        }
        descriptor(out, 6, 1).u8(2);
        out.close(esds);
    }

    /** The objectTypeIndication: MPEG-4 audio, or MPEG-1 audio, or MPEG-2 audio of the lower sample rates. */
    private static int objectType(AudioConfig config) {
        return switch (config.rfc6381()) {
            case "mp4a.6B" -> MPEG_1_AUDIO;
            case "mp4a.69" -> MPEG_2_AUDIO;
            default -> MPEG_4_AUDIO;
        };
    }

    private static BoxWriter descriptor(BoxWriter out, int tag, int length) {
        return out.u8(tag)
                .u8(0x80 | length >> 21)
                .u8(0x80 | length >> 14)
                .u8(0x80 | length >> 7)
                .u8(length & 0x7f);
    }
}
