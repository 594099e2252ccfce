package org.red5.dvr.media.fmp4;

/** A track of video or audio, and the boxes of every track of its kind (ISO/IEC 14496-12 sections 8.3, 8.4 and 8.7). */
public enum TrackKind {
    VIDEO(InitSegment.VIDEO_TRACK, 0, "vide", "VideoHandler"),
    AUDIO(InitSegment.AUDIO_TRACK, 0x100, "soun", "SoundHandler");

    /** Of {@code mdhd}: "und". */
    static final int UNDETERMINED_LANGUAGE = 0x55c4;

    private final int id;
    private final int volume;
    private final String handler;
    private final String handlerName;

    TrackKind(int id, int volume, String handler, String handlerName) {
        this.id = id;
        this.volume = volume;
        this.handler = handler;
        this.handlerName = handlerName;
    }

    /** The track's id, in every file. */
    public int id() {
        return id;
    }

    /**
     * The rest of {@code tkhd} behind the duration.
     *
     * @param width as shown, in pixels; 0 for audio
     * @param height as shown, in pixels; 0 for audio
     */
    void writePlace(BoxWriter out, int width, int height) {
        out.zeros(8).u16(0).u16(0).u16(volume).u16(0);
        out.unityMatrix().u32((long) width << 16).u32((long) height << 16);
    }

    void writeHandler(BoxWriter out) {
        int hdlr = out.open("hdlr", 0, 0);
        out.u32(0).ascii(handler).zeros(12).ascii(handlerName).u8(0);
        out.close(hdlr);
    }

    /** {@code vmhd} or {@code smhd}, and {@code dinf}: the samples are in this file. */
    void writeInformation(BoxWriter out) {
        int header = this == VIDEO ? out.open("vmhd", 0, 1) : out.open("smhd", 0, 0);
        out.zeros(this == VIDEO ? 8 : 4);
        out.close(header);
        int dinf = out.open("dinf");
        int dref = out.open("dref", 0, 0);
        out.u32(1);
        out.close(out.open("url ", 0, 1));
        out.close(dref);
        out.close(dinf);
    }
}
