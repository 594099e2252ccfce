package org.red5.dvr.media;

/** Audio codecs that are recorded, with the names of their boxes in MP4. */
public enum AudioCodec {
    /** AAC (ISO/IEC 14496-3); the configuration record is an AudioSpecificConfig. */
    AAC("mp4a", "esds"),
    /** MPEG audio layer III; has no configuration record, each frame says by itself what it is. */
    MP3("mp4a", "esds"),
    /** Opus; the configuration record is the content of the {@code dOps} box. */
    OPUS("Opus", "dOps");

    private final String sampleEntry;
    private final String configBox;

    AudioCodec(String sampleEntry, String configBox) {
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
