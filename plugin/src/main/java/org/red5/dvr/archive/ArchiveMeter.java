package org.red5.dvr.archive;

/** Counts what recovery finds, and is told what is wrong with the archive. Any thread may call. */
public interface ArchiveMeter {
    /** Counts nothing. */
    ArchiveMeter NONE = new ArchiveMeter() {
        @Override
        public void segmentsRecovered(long segments) {}

        @Override
        public void segmentsDamaged(long segments) {}
    };

    /** Segments that no index listed are listed again. */
    void segmentsRecovered(long segments);

    /** Segments that were recorded cannot be had any more. */
    void segmentsDamaged(long segments);

    /** Something is wrong from now on that an operator should know of. */
    default void troubleBegins(String sentence) {}

    /** What was told with that sentence is over. */
    default void troubleEnds(String sentence) {}
}
