package org.red5.dvr.archive;

/** Counts what recovery finds. Any thread may call. */
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
}
