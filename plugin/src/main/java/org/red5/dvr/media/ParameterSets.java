package org.red5.dvr.media;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.red5.dvr.media.bitstream.BitReader;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.H264Sps;
import org.red5.dvr.media.bitstream.H265Sps;
import org.red5.dvr.media.bitstream.NalSyntax;
import org.red5.dvr.media.bitstream.NalUnits;

/**
 * The parameter sets of a stream of H.264 or H.265, wherever they came from: the last of each kind and id. Used by one
 * thread.
 */
public final class ParameterSets {
    /** How many bytes a parameter set in a configuration record has at most. */
    private static final int MOST_BYTES = 0xffff;

    private static final int H264_SPS = 7;
    private static final int H264_PPS = 8;
    private static final int H265_VPS = 32;
    private static final int H265_SPS = 33;
    private static final int H265_PPS = 34;
    /** What a configuration record has room for. */
    private static final int H264_MOST_SPS = 31;

    private static final int H264_MOST_PPS = 255;
    /** Of a picture parameter set of H.264; others have less. */
    private static final int MOST_ID = 255;

    private final NalSyntax syntax;
    /** By type of the NAL unit, then id. */
    private final TreeMap<Integer, TreeMap<Integer, byte[]>> sets = new TreeMap<>();

    private boolean framesOnly = true;

    public ParameterSets(NalSyntax syntax) {
        this.syntax = syntax;
    }

    /** Whether a sequence header is a configuration record, however good, and not parameter sets one behind the other. */
    public boolean isRecord(byte[] header) {
        return syntax == NalSyntax.H264
                ? header.length > Avc.LENGTH_SIZE_AT + 1 && header[0] == 1
                : header.length > Hevc.LENGTH_SIZE_AT + 1 && (header[0] == 1 || header[0] == 0 && header[1] != 0);
    }

    /** How many bytes the length in front of each NAL unit has by a configuration record. */
    public int lengthBytes(byte[] record) {
        return 1 + (record[syntax == NalSyntax.H264 ? Avc.LENGTH_SIZE_AT : Hevc.LENGTH_SIZE_AT] & 3);
    }

    /** Whether a configuration record has no parameter set, as of an encoder that sends them with the pictures. */
    public boolean isEmptyRecord(byte[] header) {
        return isRecord(header) && listed(header).isEmpty();
    }

    private List<byte[]> listed(byte[] record) {
        return syntax == NalSyntax.H264 ? Avc.parameterSets(record) : Hevc.parameterSets(record);
    }

    /** Those of a configuration record take the place of all others; what cannot be read of it is left out. */
    public void replaceBy(byte[] record) {
        sets.clear();
        for (byte[] set : listed(record)) {
            if (syntax.isValid(set, 0, set.length) && syntax.kind(set, 0) == NalSyntax.Kind.PARAMETER_SET) {
                try {
                    add(set, 0, set.length);
                } catch (CorruptMediaException e) {
                    // Another may be sent with the pictures.
                }
            }
        }
    }

    /**
     * Takes up a parameter set; gives whether it says something else than those known.
     *
     * @throws CorruptMediaException when it cannot be read
     */
    public boolean add(byte[] data, int start, int end) throws CorruptMediaException {
        int last = end;
        while (last > start && data[last - 1] == 0) {
            last--;
        }
        if (last - start > MOST_BYTES) {
            throw new CorruptMediaException("parameter set of over " + MOST_BYTES + " bytes");
        }
        int type = syntax.type(data, start);
        TreeMap<Integer, byte[]> alike = sets.computeIfAbsent(type, key -> new TreeMap<>());
        for (byte[] known : alike.values()) {
            if (Arrays.equals(known, 0, known.length, data, start, last)) {
                return false;
            }
        }
        alike.put(id(type, data, start, last), Arrays.copyOfRange(data, start, last));
        return true;
    }

    /** Whether there is one of each kind. */
    public boolean isComplete() {
        return syntax == NalSyntax.H264
                ? has(H264_SPS) && has(H264_PPS)
                : has(H265_VPS) && has(H265_SPS) && has(H265_PPS);
    }

    /** Whether no picture is a field, as far as is known. */
    public boolean framesOnly() {
        return framesOnly;
    }

    /**
     * The decoder configuration record for all of them.
     *
     * @param lengthBytes how many bytes the length in front of each NAL unit has
     */
    public byte[] record(int lengthBytes) throws CorruptMediaException {
        return syntax == NalSyntax.H264
                ? Avc.record(all(H264_SPS, H264_MOST_SPS), all(H264_PPS, H264_MOST_PPS), lengthBytes)
                : Hevc.record(
                        List.of(all(H265_VPS, MOST_ID), all(H265_SPS, MOST_ID), all(H265_PPS, MOST_ID)), lengthBytes);
    }

    private boolean has(int type) {
        return !all(type, 1).isEmpty();
    }

    private List<byte[]> all(int type, int most) {
        TreeMap<Integer, byte[]> alike = sets.getOrDefault(type, new TreeMap<>());
        return alike.values().stream().limit(most).toList();
    }

    private int id(int type, byte[] data, int start, int end) throws CorruptMediaException {
        switch (type) {
            case H264_SPS -> {
                H264Sps sps = H264Sps.parse(data, start, end - start);
                framesOnly = sps.framesOnly();
                return sps.id();
            }
            case H265_SPS -> {
                return H265Sps.parse(data, start, end - start).id();
            }
            default -> {
                int header = syntax.headerBytes();
                byte[] rbsp = NalUnits.unescape(data, start + header, Math.max(0, end - start - header));
                BitReader set = new BitReader(rbsp, 0, rbsp.length);
                int id = type == H265_VPS ? set.bits(4) : set.unsignedExpGolomb();
                if (id > MOST_ID) {
                    throw new CorruptMediaException("parameter set " + id);
                }
                return id;
            }
        }
    }
}
