package org.red5.dvr.util;

import java.util.HexFormat;
import java.util.zip.CRC32C;

/** CRC-32C (RFC 3720) of bytes. */
public final class Crc32c {
    private Crc32c() {}

    public static int of(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        return (int) crc.getValue();
    }

    /** In eight hexadecimal digits. */
    public static String text(int crc) {
        return HexFormat.of().toHexDigits(crc);
    }
}
