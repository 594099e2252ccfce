package org.red5.dvr.media.fmp4;

/**
 * What the {@code moof} of a movie fragment of one track says of the samples behind it.
 *
 * @param track the track's id
 * @param sequence of {@code mfhd}, 32 bits
 * @param startDtsTicks decoding time of the first sample, since the Unix epoch
 * @param startPtsTicks presentation time of the first sample
 * @param durationTicks of all samples
 * @param startsWithKey whether the first sample is a key frame
 * @param firstBytes of the first sample
 * @param payloadBytes of all samples
 */
public record FragmentHead(
        int track,
        int sequence,
        long startDtsTicks,
        long startPtsTicks,
        long durationTicks,
        boolean startsWithKey,
        int firstBytes,
        long payloadBytes) {}
