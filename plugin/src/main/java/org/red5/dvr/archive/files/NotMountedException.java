package org.red5.dvr.archive.files;

import java.nio.file.Path;

/** A root that must be a mounted file system is none now. */
public final class NotMountedException extends UnfitRootException {
    private static final long serialVersionUID = 1;

    public NotMountedException(Path root, String why) {
        super(root + " is not a mounted file system: " + why);
    }
}
