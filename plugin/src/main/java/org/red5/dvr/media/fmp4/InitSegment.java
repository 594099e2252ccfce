package org.red5.dvr.media.fmp4;

import java.util.Optional;
import org.red5.dvr.media.AudioConfig;
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
        video.ifPresent(config -> {
            int trak = out.open("trak");
            trackHeader(out, TrackKind.VIDEO, config.displayWidth(), config.height());
            media(out, TrackKind.VIDEO, VideoConfig.TIMESCALE, () -> SampleEntries.video(out, config));
            out.close(trak);
        });
        audio.ifPresent(config -> {
            int trak = out.open("trak");
            trackHeader(out, TrackKind.AUDIO, 0, 0);
            media(out, TrackKind.AUDIO, config.sampleRate(), () -> SampleEntries.audio(out, config));
            out.close(trak);
        });
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

    private static void trackHeader(BoxWriter out, TrackKind kind, int width, int height) {
        int tkhd = out.open("tkhd", 0, 3);
        out.u32(0).u32(0).u32(kind.id()).u32(0).u32(0);
        kind.writePlace(out, width, height);
        out.close(tkhd);
    }

    private static void media(BoxWriter out, TrackKind kind, int timescale, Runnable sampleEntry) {
        int mdia = out.open("mdia");
        int mdhd = out.open("mdhd", 0, 0);
        out.u32(0)
                .u32(0)
                .u32(timescale)
                .u32(0)
                .u16(TrackKind.UNDETERMINED_LANGUAGE)
                .u16(0);
        out.close(mdhd);
        kind.writeHandler(out);
        int minf = out.open("minf");
        kind.writeInformation(out);
        int stbl = out.open("stbl");
        int stsd = out.open("stsd", 0, 0);
        out.u32(1);
        sampleEntry.run();
        out.close(stsd);
        emptySampleTables(out);
        out.close(stbl);
        out.close(minf);
        out.close(mdia);
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
}
