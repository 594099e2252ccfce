package org.red5.dvr.archive.files;

import java.util.function.Function;
import org.red5.dvr.timeline.StreamKey;

/**
 * How an archive treats its disks.
 *
 * @param disk the file system that recordings are written through
 * @param rootCheck whether a stream may be written below its root at the moment
 * @param syncOf when what is recorded of a stream is forced to the disk
 * @param meter told what recovery finds, and which roots are refused
 * @param known where takes are of which the beginning need not be here
 */
public record ArchiveOptions(
        Disk disk, RootCheck rootCheck, Function<StreamKey, DiskSync> syncOf, ArchiveMeter meter, KnownHours known) {
    /** This machine's file systems, each fit to be written to; they force recordings to their disks when they like. */
    public static final ArchiveOptions DEFAULT =
            new ArchiveOptions(Disk.LOCAL, RootCheck.NONE, stream -> DiskSync.NONE, ArchiveMeter.NONE, KnownHours.NONE);

    public ArchiveOptions with(Disk other) {
        return new ArchiveOptions(other, rootCheck, syncOf, meter, known);
    }

    public ArchiveOptions with(RootCheck other) {
        return new ArchiveOptions(disk, other, syncOf, meter, known);
    }

    public ArchiveOptions withSyncOf(Function<StreamKey, DiskSync> other) {
        return new ArchiveOptions(disk, rootCheck, other, meter, known);
    }

    public ArchiveOptions with(ArchiveMeter other) {
        return new ArchiveOptions(disk, rootCheck, syncOf, other, known);
    }

    public ArchiveOptions withKnownHours(KnownHours other) {
        return new ArchiveOptions(disk, rootCheck, syncOf, meter, other);
    }
}
