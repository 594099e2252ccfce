package org.red5.dvr.timeline;

/**
 * One segment as an index lists it: which it is, when it plays, how many bytes it has. Its identity is (stream, take,
 * number); its bytes never change.
 *
 * @param take the unbroken run it belongs to
 * @param number the grid cell in which it starts, or up to {@link SegmentGrid#MOST_AHEAD} more at the beginning of a take
 * @param startUtcMicros presentation time of its first sample
 * @param durationMicros until the start of the next segment of the take, or the end of its last sample; above 0
 * @param videoBytes length of its video fragment (moof and mdat), 0 when it has none
 * @param audioBytes length of its audio fragment, 0 when it has none
 * @param independent whether it begins with a key frame
 */
public record Segment(
        TakeId take,
        long number,
        long startUtcMicros,
        long durationMicros,
        int videoBytes,
        int audioBytes,
        boolean independent) {
    public Segment {
        if (durationMicros <= 0 || videoBytes < 0 || audioBytes < 0 || videoBytes + audioBytes == 0) {
            throw new IllegalArgumentException("segment " + take + '/' + number + ": duration " + durationMicros
                    + " us, video " + videoBytes + " bytes, audio " + audioBytes + " bytes");
        }
    }

    public long endUtcMicros() {
        return startUtcMicros + durationMicros;
    }

    public int bytes() {
        return videoBytes + audioBytes;
    }
}
