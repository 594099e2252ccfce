package org.red5.dvr.archive;

import java.io.IOException;

/** A file of the archive that is whole, in a version of its format that this software does not read. */
public final class NewerArchiveException extends IOException {
    NewerArchiveException(String message) {
        super(message);
    }
}
