package org.red5.dvr.archive;

/**
 * How an archive treats its disks.
 *
 * @param disk the file system that recordings are written through
 * @param rootCheck whether a stream may be written below its root at the moment
 */
public record ArchiveOptions(Disk disk, RootCheck rootCheck) {
    /** This machine's file systems, each fit to be written to. */
    public static final ArchiveOptions DEFAULT = new ArchiveOptions(Disk.LOCAL, RootCheck.NONE);

    public ArchiveOptions with(Disk other) {
        return new ArchiveOptions(other, rootCheck);
    }

    public ArchiveOptions with(RootCheck other) {
        return new ArchiveOptions(disk, other);
    }
}
