package org.red5.dvr.record;

import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;

/**
 * Counts what is recorded below one root. {@link #packetDropped} is called on publishers' threads, the rest on the
 * root's writer thread; none of it may block or throw.
 */
public interface RecordingMeter {
    /**
     * A segment is in the archive.
     *
     * @param nanos how long it took to write
     */
    void segmentWritten(int bytes, long nanos);

    /** A packet found no room in the queue. */
    void packetDropped();

    /** A take has its first file. */
    void takeBegan();

    /** A take that began has ended. */
    void takeEnded(GapReason reason);

    /** A stream cannot be recorded at present, whether it was until now or not. */
    void failing(StreamKey stream, GapReason reason);

    /**
     * A track of a stream is not recorded at present.
     *
     * @param track {@code video} or {@code audio}
     * @param why a codec's name, or what is missing or wrong
     */
    void trackNotRecorded(StreamKey stream, String track, String why);

    /** A track of a stream can be recorded, as far as is known. */
    void trackRecorded(StreamKey stream, String track);

    /** A stream is recorded, or no longer published; nothing changes when it was not failing. */
    void notFailing(StreamKey stream);
}
