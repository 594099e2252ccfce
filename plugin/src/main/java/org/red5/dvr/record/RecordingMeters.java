package org.red5.dvr.record;

import java.nio.file.Path;
import java.util.function.LongSupplier;

/** Gives each root its meter. */
public interface RecordingMeters {
    /**
     * The meter of a root.
     *
     * @param waitingBytes what waits to be written at this moment, packets and what they cost beside their bytes; any
     *     thread may ask
     * @param mostWaitingBytes the bound of that
     */
    RecordingMeter of(Path root, LongSupplier waitingBytes, long mostWaitingBytes);
}
