package org.red5.dvr.media;

/** Video codecs that are recorded, with the names of their boxes in MP4. */
public enum VideoCodec {
    /** ITU-T H.264; carried as in ISO/IEC 14496-15. */
    H264("avc1", "avcC");

    private final String sampleEntry;
    private final String configBox;

    VideoCodec(String sampleEntry, String configBox) {
        this.sampleEntry = sampleEntry;
        this.configBox = configBox;
    }

    public String sampleEntry() {
        return sampleEntry;
    }

    public String configBox() {
        return configBox;
    }
}
