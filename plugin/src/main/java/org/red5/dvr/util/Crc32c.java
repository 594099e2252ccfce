package org.red5.dvr.util;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** CRC-32C (RFC 3720) of bytes. */
public final class Crc32c {
    private Crc32c() {}

    public static int of(byte[] bytes) {
        return of(ByteBuffer.wrap(bytes));
    }

    /** Of those between position and limit. */
    public static int of(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** In eight hexadecimal digits. */
    public static String text(int crc) {
        return HexFormat.of().toHexDigits(crc);
    }
}
