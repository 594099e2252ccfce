package org.red5.dvr.media;

import org.red5.dvr.media.bitstream.Av1Obus;
import org.red5.dvr.media.bitstream.Av1SequenceHeader;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.SampleAspectRatio;

/** Reads AV1 decoder configuration records ("AV1 Codec ISO Media File Format Binding" section 2.3). */
public final class Av1 {
    private static final int FIXED_BYTES = 4;

    private Av1() {}

    /**
     * The configuration in an AV1CodecConfigurationRecord.
     *
     * @throws CorruptMediaException when it is too short, or does not begin with a sequence header that can be read
     */
    public static VideoConfig parse(byte[] record) throws CorruptMediaException {
        if (record.length < FIXED_BYTES || record[0] != (byte) 0x81) {
            throw new CorruptMediaException("AV1 configuration record of " + record.length + " bytes, first byte "
                    + (record.length == 0 ? "none" : record[0] & 0xff));
        }
        Av1SequenceHeader header = sequenceHeader(record);
        boolean highDepth = (record[2] & 0x40) != 0;
        boolean twelve = (record[2] & 0x20) != 0;
        String rfc6381 = String.format(
                "av01.%d.%02d%s.%02d",
                record[1] >> 5 & 7, record[1] & 0x1f, (record[2] & 0x80) == 0 ? "M" : "H", depth(highDepth, twelve));
        return new VideoConfig(
                VideoCodec.AV1,
                rfc6381,
                header.width(),
                header.height(),
                SampleAspectRatio.SQUARE,
                header.format().colour(),
                record.clone());
    }

    /**
     * The configuration record for a sequence header.
     *
     * @param sequenceHeader the OBU, with its size in its header
     * @throws CorruptMediaException when it cannot be read
     */
    public static byte[] record(byte[] sequenceHeader) throws CorruptMediaException {
        Av1Obus obus = Av1Obus.of(sequenceHeader, 0, sequenceHeader.length);
        Av1SequenceHeader header =
                Av1SequenceHeader.parse(sequenceHeader, obus.payload(0), obus.end(0) - obus.payload(0));
        Av1SequenceHeader.ColourFormat format = header.format();
        byte[] record = new byte[FIXED_BYTES + sequenceHeader.length];
        record[0] = (byte) 0x81;
        record[1] = (byte) (header.profile() << 5 | header.level());
        record[2] = (byte) (header.tier() << 7
                | bit(format.highBitDepth()) << 6
                | bit(format.twelveBit()) << 5
                | bit(format.monochrome()) << 4
                | format.subsamplingX() << 3
                | format.subsamplingY() << 2
                | format.samplePosition());
        System.arraycopy(sequenceHeader, 0, record, FIXED_BYTES, sequenceHeader.length);
        return record;
    }

    /** The sequence header OBU in a record, with its size in its header; empty where the record has none. */
    public static byte[] sequenceHeaderOf(byte[] record) throws CorruptMediaException {
        Av1Obus obus = Av1Obus.of(record, FIXED_BYTES, record.length);
        return obus.count() > 0 && obus.type(0) == Av1Obus.SEQUENCE_HEADER ? obus.sized(0) : new byte[0];
    }

    /** Whether the pictures of a sequence are single ones, each of which can be decoded by itself. */
    public static boolean isStillPicture(byte[] sequenceHeader) throws CorruptMediaException {
        Av1Obus obus = Av1Obus.of(sequenceHeader, 0, sequenceHeader.length);
        return Av1SequenceHeader.parse(sequenceHeader, obus.payload(0), obus.end(0) - obus.payload(0))
                .stillPicture();
    }

    private static int bit(boolean flag) {
        return flag ? 1 : 0;
    }

    private static int depth(boolean high, boolean twelve) {
        return !high ? 8 : twelve ? 12 : 10;
    }

    /** The first OBU, which has to be the sequence header. */
    private static Av1SequenceHeader sequenceHeader(byte[] record) throws CorruptMediaException {
        Av1Obus obus = Av1Obus.of(record, FIXED_BYTES, record.length);
        if (obus.count() == 0 || obus.type(0) != Av1Obus.SEQUENCE_HEADER) {
            throw new CorruptMediaException("AV1 configuration record without a sequence header");
        }
        return Av1SequenceHeader.parse(record, obus.payload(0), obus.end(0) - obus.payload(0));
    }
}
