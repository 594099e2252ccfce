package org.red5.dvr.media.fmp4;

import java.util.Optional;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.ColourDescription;
import org.red5.dvr.media.VideoConfig;

/**
 * The init segment of a take (ftyp and moov): the codec configurations of its tracks. The video track has id 1 and
 * timescale 90,000; the audio track has id 2 and its sample rate as timescale.
 *
 * @param video configuration of the video track, if there is one
 * @param audio configuration of the audio track, if there is one
 */
public record InitSegment(Optional<VideoConfig> video, Optional<AudioConfig> audio) {
    public static final int VIDEO_TRACK = 1;
    public static final int AUDIO_TRACK = 2;

    static final int MPEG_4_AUDIO = 0x40;
    static final int MPEG_2_AUDIO = 0x69;
    static final int MPEG_1_AUDIO = 0x6b;

    public InitSegment {
        if (video.isEmpty() && audio.isEmpty()) {
            throw new IllegalArgumentException("an init segment without a track");
        }
    }

    /** The bytes, the same for equal configurations. */
    public byte[] toBytes() {
        BoxWriter out = new BoxWriter(1_500);
        int ftyp = out.open("ftyp");
        out.ascii("iso6").u32(1).ascii("iso6").ascii("isom").ascii("mp41");
        out.close(ftyp);
        int moov = out.open("moov");
        movieHeader(out);
        video.ifPresent(config -> videoTrack(out, config));
        audio.ifPresent(config -> audioTrack(out, config));
        int mvex = out.open("mvex");
        video.ifPresent(config -> trackExtends(out, VIDEO_TRACK));
        audio.ifPresent(config -> trackExtends(out, AUDIO_TRACK));
        out.close(mvex);
        out.close(moov);
        return out.toBytes();
    }

    private static void movieHeader(BoxWriter out) {
        int mvhd = out.open("mvhd", 0, 0);
        out.u32(0).u32(0).u32(1_000).u32(0);
        out.u32(0x10000).u16(0x100).zeros(10).unityMatrix().zeros(24);
        out.u32(AUDIO_TRACK + 1);
        out.close(mvhd);
    }

    private static void trackExtends(BoxWriter out, int track) {
        int trex = out.open("trex", 0, 0);
        out.u32(track).u32(1).u32(0).u32(0).u32(0);
        out.close(trex);
    }

    /** A track's boxes around its sample entry. */
    private static void track(BoxWriter out, int id, int width, int height, int timescale, Runnable sampleEntry) {
        boolean isVideo = id == VIDEO_TRACK;
        int trak = out.open("trak");
        trackHeader(out, id, isVideo ? 0 : 0x100, width, height);
        int mdia = out.open("mdia");
        mediaHeader(out, timescale, isVideo ? "vide" : "soun", isVideo ? "VideoHandler" : "SoundHandler");
        int minf = out.open("minf");
        int header = out.open(isVideo ? "vmhd" : "smhd", 0, isVideo ? 1 : 0);
        out.zeros(isVideo ? 8 : 4);
        out.close(header);
        dataInformation(out);
        int stbl = out.open("stbl");
        int stsd = out.open("stsd", 0, 0);
        out.u32(1);
        sampleEntry.run();
        out.close(stsd);
        emptySampleTables(out);
        out.close(stbl);
        out.close(minf);
        out.close(mdia);
        out.close(trak);
    }

    private static void videoTrack(BoxWriter out, VideoConfig config) {
        track(out, VIDEO_TRACK, config.displayWidth(), config.height(), VideoConfig.TIMESCALE, () -> {
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
        });
    }

    /** Section 12.1.5. */
    private static void colour(BoxWriter out, ColourDescription colour) {
        int colr = out.open("colr");
        out.ascii("nclx").u16(colour.primaries()).u16(colour.transfer()).u16(colour.matrix());
        out.u8(colour.fullRange() ? 0x80 : 0);
        out.close(colr);
    }

    private static void audioTrack(BoxWriter out, AudioConfig config) {
        track(out, AUDIO_TRACK, 0, 0, config.sampleRate(), () -> {
            int entry = out.open(config.codec().sampleEntry());
            out.zeros(6).u16(1).zeros(8).u16(config.channels()).u16(16).zeros(4);
            out.u32(config.sampleRate() < 0x10000 ? (long) config.sampleRate() << 16 : 0);
            if (config.codec() == AudioCodec.OPUS) {
                configBox(out, config.codec().configBox(), config.record());
            } else {
                elementaryStream(out, config);
            }
            out.close(entry);
        });
    }

    private static void configBox(BoxWriter out, String type, byte[] record) {
        int box = out.open(type);
        out.bytes(record);
        out.close(box);
    }

    private static void trackHeader(BoxWriter out, int track, int volume, int width, int height) {
        int tkhd = out.open("tkhd", 0, 3);
        out.u32(0)
                .u32(0)
                .u32(track)
                .u32(0)
                .u32(0)
                .zeros(8)
                .u16(0)
                .u16(0)
                .u16(volume)
                .u16(0);
        out.unityMatrix().u32((long) width << 16).u32((long) height << 16);
        out.close(tkhd);
    }

    private static void mediaHeader(BoxWriter out, int timescale, String handler, String name) {
        int mdhd = out.open("mdhd", 0, 0);
        out.u32(0).u32(0).u32(timescale).u32(0).u16(0x55c4).u16(0);
        out.close(mdhd);
        int hdlr = out.open("hdlr", 0, 0);
        out.u32(0).ascii(handler).zeros(12).ascii(name).u8(0);
        out.close(hdlr);
    }

    private static void dataInformation(BoxWriter out) {
        int dinf = out.open("dinf");
        int dref = out.open("dref", 0, 0);
        out.u32(1);
        out.close(out.open("url ", 0, 1));
        out.close(dref);
        out.close(dinf);
    }

    private static void emptySampleTables(BoxWriter out) {
        for (String type : new String[] {"stts", "stsc", "stco"}) {
            int box = out.open(type, 0, 0);
            out.u32(0);
            out.close(box);
        }
        int stsz = out.open("stsz", 0, 0);
        out.u32(0).u32(0);
        out.close(stsz);
    }

    /** ES_Descriptor with its DecoderConfigDescriptor (ISO/IEC 14496-1 section 7.2.6, 14496-14 section 5.6). */
    private static void elementaryStream(BoxWriter out, AudioConfig config) {
        byte[] specific = config.record();
        int esds = out.open(config.codec().configBox(), 0, 0);
        int decoderBytes = 13 + (specific.length > 0 ? 5 + specific.length : 0);
        descriptor(out, 3, 3 + 5 + decoderBytes + 5 + 1).u16(AUDIO_TRACK).u8(0);
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
