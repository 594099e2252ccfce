package org.red5.dvr.archive;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * Remembers since when a stream could not be recorded because its root was not there: on disk nothing can say so. Written
 * by the stream's writer, read by any thread.
 */
final class StorageTrouble {
    private static final int MOST = 100;

    private final CopyOnWriteArrayList<TakeEnd> ends = new CopyOnWriteArrayList<>();
    private volatile boolean lasts;

    /** Asks whether a take may be written; a refusal after permissions is the beginning of a hole. */
    void watch(TakeId take, long utcMicros, RootCheck.OfStream check) throws IOException {
        try {
            check.check();
            lasts = false;
        } catch (IOException e) {
            if (!lasts) {
                lasts = true;
                ends.add(new TakeEnd(take, utcMicros, GapReason.DISK_ERROR));
                if (ends.size() > MOST) {
                    ends.remove(0);
                }
            }
            throw e;
        }
    }

    List<TakeEnd> ends() {
        return ends;
    }
}
