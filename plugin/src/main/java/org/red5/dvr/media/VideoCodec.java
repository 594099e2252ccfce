package org.red5.dvr.media;

import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Video codecs that are recorded, with the names of their boxes in MP4. The sample entry's name is the FourCC in RTMP too. */
public enum VideoCodec {
    /** ITU-T H.264; carried as in ISO/IEC 14496-15. */
    H264("avc1", "avcC", true),
    /** ITU-T H.265; carried as in ISO/IEC 14496-15, parameter sets in the configuration only. */
    H265("hvc1", "hvcC", true),
    /** AV1; carried as in "AV1 Codec ISO Media File Format Binding". */
    AV1("av01", "av1C", false);

    private final String sampleEntry;
    private final String configBox;
    private final boolean reordered;

    VideoCodec(String sampleEntry, String configBox, boolean reordered) {
        this.sampleEntry = sampleEntry;
        this.configBox = configBox;
        this.reordered = reordered;
    }

    public String sampleEntry() {
        return sampleEntry;
    }

    public String configBox() {
        return configBox;
    }

    /** Whether access units may be shown in another order than they are decoded in, so that packets carry an offset. */
    public boolean isReordered() {
        return reordered;
    }

    /**
     * The configuration in a decoder configuration record of this codec.
     *
     * @throws CorruptMediaException when it cannot be read
     */
    public VideoConfig parse(byte[] record) throws CorruptMediaException {
        return switch (this) {
            case H264 -> Avc.parse(record);
            case H265 -> Hevc.parse(record);
            case AV1 -> Av1.parse(record);
        };
    }
}
