package org.red5.dvr.media;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.H265Sps;

/** Reads and makes H.265 decoder configuration records (ISO/IEC 14496-15 section 8.3.3.1). */
public final class Hevc {
    /** The NAL unit types of a video and of a sequence parameter set; that of a picture parameter set follows. */
    private static final int VPS = 32;

    private static final int SPS = 33;

    private static final int NAL_HEADER_BYTES = 2;
    private static final int FIXED_BYTES = 23;
    /** Where a record says how long the lengths in front of NAL units are. */
    static final int LENGTH_SIZE_AT = 21;

    private Hevc() {}

    /**
     * The configuration in an HEVCDecoderConfigurationRecord.
     *
     * @throws CorruptMediaException when it is too short, or has no sequence parameter set that can be read
     */
    public static VideoConfig parse(byte[] record) throws CorruptMediaException {
        if (record.length < FIXED_BYTES || record[0] != 1) {
            throw new CorruptMediaException("HEVC configuration record of " + record.length + " bytes, version "
                    + (record.length == 0 ? "none" : record[0]));
        }
        H265Sps sps = sequenceParameterSet(record);
        return new VideoConfig(
                VideoCodec.H265,
                rfc6381(record),
                sps.width(),
                sps.height(),
                sps.vui().aspect(),
                sps.vui().colour(),
                record.clone());
    }

    /** Annex E.3 of ISO/IEC 14496-15: profile, compatibility flags in reverse bit order, tier and level, constraints. */
    private static String rfc6381(byte[] record) {
        int space = record[1] >> 6 & 3;
        StringBuilder name = new StringBuilder("hvc1.");
        if (space > 0) {
            name.append((char) ('A' + space - 1));
        }
        int compatibility = 0;
        for (int i = 2; i < 6; i++) {
            compatibility = compatibility << 8 | record[i] & 0xff;
        }
        name.append(record[1] & 0x1f).append('.');
        name.append(Integer.toHexString(Integer.reverse(compatibility)).toUpperCase(Locale.ROOT));
        name.append((record[1] & 0x20) == 0 ? ".L" : ".H").append(record[12] & 0xff);
        int last = 11;
        while (last >= 6 && record[last] == 0) {
            last--;
        }
        for (int i = 6; i <= last; i++) {
            name.append('.').append(Integer.toHexString(record[i] & 0xff).toUpperCase(Locale.ROOT));
        }
        return name.toString();
    }

    private static H265Sps sequenceParameterSet(byte[] record) throws CorruptMediaException {
        for (byte[] set : parameterSets(record)) {
            if (set.length > NAL_HEADER_BYTES && (set[0] >> 1 & 0x3f) == SPS) {
                return H265Sps.parse(set, 0, set.length);
            }
        }
        throw new CorruptMediaException("HEVC configuration record without a sequence parameter set");
    }

    /** The parameter sets in a record, as far as it can be read, and whatever its version. */
    static List<byte[]> parameterSets(byte[] record) {
        List<byte[]> sets = new ArrayList<>();
        int at = FIXED_BYTES;
        for (int array = 0; at + 3 <= record.length && array < (record[FIXED_BYTES - 1] & 0xff); array++) {
            int count = u16(record, at + 1);
            at += 3;
            for (int i = 0; i < count && at + 2 <= record.length; i++) {
                int end = Math.min(record.length, at + 2 + u16(record, at));
                sets.add(Arrays.copyOfRange(record, at + 2, end));
                at = end;
            }
        }
        return sets;
    }

    /**
     * The record for some parameter sets.
     *
     * @param arrays video, sequence and picture parameter sets, at least one of each
     * @param lengthBytes how many bytes the length in front of each NAL unit has
     */
    static byte[] record(List<List<byte[]>> arrays, int lengthBytes) throws CorruptMediaException {
        byte[] first = arrays.get(1).get(0);
        H265Sps sps = H265Sps.parse(first, 0, first.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(1);
        out.writeBytes(sps.profileTierLevel());
        out.write(0xf0);
        out.write(0);
        out.write(0xfc);
        out.write(0xfc | sps.chromaFormat());
        out.write(0xf8 | sps.bitDepthLuma() - 8);
        out.write(0xf8 | sps.bitDepthChroma() - 8);
        out.write(0);
        out.write(0);
        out.write(sps.temporalLayers() << 3 | (sps.temporallyNested() ? 4 : 0) | lengthBytes - 1);
        out.write(arrays.size());
        for (int i = 0; i < arrays.size(); i++) {
            out.write(0x80 | VPS + i);
            writeU16(out, arrays.get(i).size());
            for (byte[] set : arrays.get(i)) {
                writeU16(out, set.length);
                out.writeBytes(set);
            }
        }
        return out.toByteArray();
    }

    private static void writeU16(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    private static int u16(byte[] data, int offset) {
        return (data[offset] & 0xff) << 8 | data[offset + 1] & 0xff;
    }
}
