package org.red5.dvr.record;

import java.nio.file.Path;

/** Gives each root its meter. */
public interface RecordingMeters {
    /** What is under way below a root at this moment; any thread may ask. */
    interface Load {
        /** What waits to be written, packets and what they cost beside their bytes. */
        long waitingBytes();

        /** The bound of that. */
        long mostWaitingBytes();

        /** How long the disk has been at one piece of work; the longest, where several threads write. */
        long busyNanos();
    }

    /** The meter of a root. */
    RecordingMeter of(Path root, Load load);
}
