package org.red5.dvr.playback;

import java.io.IOException;
import org.red5.dvr.bytes.MediaBytes;

/** Reads bytes that are about to be sent, as {@link MediaBytes#read} does, for a bounded time. Any thread may call. */
@FunctionalInterface
public interface ByteReader {
    byte[] read(MediaBytes bytes, long offsetBytes, int lengthBytes) throws IOException;
}
