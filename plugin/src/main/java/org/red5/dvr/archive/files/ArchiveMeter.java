package org.red5.dvr.archive.files;

import java.nio.file.Path;

/** Counts what recovery finds, and is told what is wrong with the archive. Any thread may call. */
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

    /** Something is wrong from now on that an operator should know of. */
    default void troubleBegins(String sentence) {}

    /** What was told with that sentence is over. */
    default void troubleEnds(String sentence) {}

    /** Another server writes below a root, so that this one does not. */
    void rootInUse(Path root);

    /** A root that another server wrote below is this one's. */
    void rootFree(Path root);
}
