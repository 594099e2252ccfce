package org.red5.dvr.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Compresses playlists, which say almost the same again and again: the fastest level is enough. */
final class Gzip {
    private Gzip() {}

    static byte[] compress(byte[] plain) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(512 + plain.length / 8);
        try (OutputStream gzip = new FastGzip(compressed)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException("an array refused bytes", e);
        }
        return compressed.toByteArray();
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, 8_192);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
