package org.red5.dvr.cluster;

import java.util.HexFormat;
import java.util.zip.CRC32C;

/** CRC-32C (RFC 3720) of a segment's bytes. */
final class Crc {
    private Crc() {}

    static int of(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        return (int) crc.getValue();
    }

    /** In eight hexadecimal digits, as in {@code DVR-CRC}. */
    static String text(int crc) {
        return HexFormat.of().toHexDigits(crc);
    }
}
