package org.red5.dvr.archive.index;

import java.io.IOException;

/** A file of the archive that is whole, in a version of its format that this software does not read. */
public final class NewerArchiveException extends IOException {
    public NewerArchiveException(String message) {
        super(message);
    }
}
