package org.red5.dvr.archive.files;

import java.nio.file.Path;

/** Another server writes below a root. */
public final class RootInUseException extends UnfitRootException {
    private static final long serialVersionUID = 1;

    RootInUseException(Path root, String why) {
        super(root + " is in use by another server: " + why);
    }
}
