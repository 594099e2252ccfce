package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;

/** A root that must be a mounted file system is none now; reported in the log by whoever found it out. */
public final class NotMountedException extends IOException {
    private static final long serialVersionUID = 1;

    NotMountedException(Path root, String why) {
        super(root + " is not a mounted file system: " + why);
    }
}
