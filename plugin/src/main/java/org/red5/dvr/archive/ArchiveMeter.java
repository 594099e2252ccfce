package org.red5.dvr.archive;

import java.nio.file.Path;

/** Counts what recovery finds, and is told which roots are refused. Any thread may call. */
public interface ArchiveMeter {
    /** Counts nothing. */
    ArchiveMeter NONE = new ArchiveMeter() {
        @Override
        public void segmentsRecovered(long segments) {}

        @Override
        public void segmentsDamaged(long segments) {}

        @Override
        public void rootInUse(Path root) {}

        @Override
        public void rootFree(Path root) {}
    };

    /** Segments that no index listed are listed again. */
    void segmentsRecovered(long segments);

    /** Segments that were recorded cannot be had any more. */
    void segmentsDamaged(long segments);

    /** Another server writes below a root, so that this one does not. */
    void rootInUse(Path root);

    /** A root that another server wrote below is this one's. */
    void rootFree(Path root);
}
