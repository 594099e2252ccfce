package org.red5.dvr.media;

/**
 * One access unit of one track, with its time in the track's timescale. The bytes are a part of an array that nobody
 * changes any more.
 *
 * @param dtsTicks decoding time since the Unix epoch
 * @param compositionOffsetTicks presentation time less decoding time; may be negative
 * @param key whether decoding can start here
 * @param data holds the access unit
 * @param offset first byte in {@code data}
 * @param length number of bytes
 */
@SuppressWarnings("ArrayRecordComponent")
public record Sample(long dtsTicks, int compositionOffsetTicks, boolean key, byte[] data, int offset, int length) {
    public Sample {
        if (offset < 0 || length < 0 || offset > data.length - length) {
            throw new IllegalArgumentException(
                    "sample of " + length + " bytes at " + offset + " in an array of " + data.length);
        }
    }

    /** Presentation time since the Unix epoch, in the track's timescale. */
    public long ptsTicks() {
        return dtsTicks + compositionOffsetTicks;
    }
}
