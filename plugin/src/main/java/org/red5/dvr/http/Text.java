package org.red5.dvr.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.bytes.MediaBytes.InMemory;

/** Bytes in memory that are worth compressing, which is done once, when somebody wants it first. Any thread may call. */
public final class Text {
    private final InMemory plain;
    private final String etag;

    @GuardedBy("this")
    private @Nullable InMemory compressed;

    /** @param bytes not changed by anybody */
    public Text(byte[] bytes) {
        plain = new InMemory(bytes);
        etag = etag(bytes);
    }

    /** Two independent checksums: 64 bits, at the speed of memory. */
    private static String etag(byte[] bytes) {
        return '"' + Long.toHexString(sum(new CRC32C(), bytes) << 32 | sum(new CRC32(), bytes)) + '"';
    }

    private static long sum(Checksum checksum, byte[] bytes) {
        checksum.update(bytes, 0, bytes.length);
        return checksum.getValue();
    }

    /** As it is. */
    public InMemory plain() {
        return plain;
    }

    /** A strong entity tag, with quotes. */
    public String etag() {
        return etag;
    }

    /** With gzip; who asks meanwhile waits for it. */
    synchronized InMemory compressed() {
        InMemory known = compressed;
        if (known == null) {
            known = new InMemory(Gzip.compress(plain.bytes()));
            compressed = known;
        }
        return known;
    }
}
