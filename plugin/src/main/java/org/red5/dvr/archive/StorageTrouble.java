package org.red5.dvr.archive;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.red5.dvr.archive.files.RootCheck;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * Remembers since when and why a stream could not be recorded where no take's end tells it: its root was not there, no take
 * could be begun, or packets were lost before the first. Written by the stream's writer, read by any thread.
 */
final class StorageTrouble {
    private static final int MOST = 100;

    private final CopyOnWriteArrayList<TakeEnd> ends = new CopyOnWriteArrayList<>();
    /** What was noted since a file was last made. */
    private volatile Optional<GapReason> present = Optional.empty();

    /** Asks whether a take may be written; a refusal after permissions is the beginning of a hole. */
    void watch(TakeId take, long utcMicros, RootCheck.OfStream check) throws IOException {
        try {
            check.check();
        } catch (IOException e) {
            note(take, utcMicros, GapReason.DISK_ERROR);
            throw e;
        }
    }

    /** A hole begins, or goes on for another reason; nothing is noted twice. */
    void note(TakeId take, long utcMicros, GapReason reason) {
        if (!present.equals(Optional.of(reason))) {
            present = Optional.of(reason);
            ends.add(new TakeEnd(take, utcMicros, reason));
            if (ends.size() > MOST) {
                ends.remove(0);
            }
        }
    }

    /** Something is recorded. */
    void isOver() {
        present = Optional.empty();
    }

    List<TakeEnd> ends() {
        return ends;
    }
}
