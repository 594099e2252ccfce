package org.red5.dvr.archive.index;

import java.io.IOException;

/** A file of the archive that breaks its format. The message says what is wrong with it. */
public final class CorruptArchiveException extends IOException {
    public CorruptArchiveException(String message) {
        super(message);
    }
}
