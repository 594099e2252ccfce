package org.red5.dvr.timeline;

/** Which tracks of a segment are asked for. */
public enum Part {
    /** All tracks: the video fragment followed by the audio fragment. */
    MUXED,
    VIDEO,
    AUDIO
}
