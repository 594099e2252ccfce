package org.red5.dvr.media;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.H264Sps;

/** Reads and makes H.264 decoder configuration records (ISO/IEC 14496-15 section 5.3.3.1). */
public final class Avc {
    /** The NAL unit type of a sequence parameter set. */
    private static final int SPS = 7;

    /** Where a record says how long the lengths in front of NAL units are, and where its parameter sets begin. */
    static final int LENGTH_SIZE_AT = 4;

    private static final int SETS_AT = 6;

    private Avc() {}

    /**
     * The configuration in an AVCDecoderConfigurationRecord.
     *
     * @throws CorruptMediaException when it is too short, or has no sequence parameter set that can be read
     */
    public static VideoConfig parse(byte[] record) throws CorruptMediaException {
        if (record.length < 8 || record[0] != 1) {
            throw new CorruptMediaException("AVC configuration record of " + record.length + " bytes, version "
                    + (record.length == 0 ? "none" : record[0]));
        }
        int spsLength = (record[6] & 0xff) << 8 | record[7] & 0xff;
        if ((record[5] & 0x1f) == 0 || spsLength < 4 || 8 + spsLength > record.length || (record[8] & 0x1f) != SPS) {
            throw new CorruptMediaException("AVC configuration record without a sequence parameter set");
        }
        String rfc6381 = String.format("avc1.%02x%02x%02x", record[1] & 0xff, record[2] & 0xff, record[3] & 0xff);
        H264Sps sps = H264Sps.parse(record, 8, spsLength);
        return new VideoConfig(
                VideoCodec.H264,
                rfc6381,
                sps.width(),
                sps.height(),
                sps.vui().aspect(),
                sps.vui().colour(),
                record.clone());
    }

    /** The parameter sets in a record, as far as it can be read, and whatever its version. */
    static List<byte[]> parameterSets(byte[] record) {
        List<byte[]> sets = new ArrayList<>();
        int at = SETS_AT - 1;
        for (int mask = 0x1f; mask <= 0xff && at < record.length; mask += 0xe0) {
            int count = record[at++] & mask;
            for (int i = 0; i < count && at + 2 <= record.length; i++) {
                int length = (record[at] & 0xff) << 8 | record[at + 1] & 0xff;
                int end = Math.min(record.length, at + 2 + length);
                sets.add(Arrays.copyOfRange(record, at + 2, end));
                at = end;
            }
        }
        return sets;
    }

    /**
     * The record for some parameter sets.
     *
     * @param sps at least one
     * @param pps at least one
     * @param lengthBytes how many bytes the length in front of each NAL unit has
     */
    static byte[] record(List<byte[]> sps, List<byte[]> pps, int lengthBytes) throws CorruptMediaException {
        byte[] first = sps.get(0);
        H264Sps parsed = H264Sps.parse(first, 0, first.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(1);
        out.write(first, 1, 3);
        out.write(0xfc | lengthBytes - 1);
        out.write(0xe0 | sps.size());
        sps.forEach(set -> write(out, set));
        out.write(pps.size());
        pps.forEach(set -> write(out, set));
        if (H264Sps.hasChromaFormat(parsed.profile())) {
            out.write(0xfc | parsed.chromaFormat());
            out.write(0xf8 | parsed.bitDepthLuma() - 8);
            out.write(0xf8 | parsed.bitDepthChroma() - 8);
            out.write(0);
        }
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, byte[] set) {
        out.write(set.length >> 8);
        out.write(set.length);
        out.writeBytes(set);
    }
}
