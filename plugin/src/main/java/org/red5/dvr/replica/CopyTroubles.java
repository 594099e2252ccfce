package org.red5.dvr.replica;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which streams cannot be copied as the archive does not take them: told once, until it does again. Any thread may call. */
final class CopyTroubles {
    private static final Logger log = LoggerFactory.getLogger(CopyTroubles.class);

    private static final String LATE = "copies of streams that are live at a source are more than 30 s behind";

    private final ArchiveMeter meter;
    private final Map<StreamKey, String> now = new ConcurrentHashMap<>();
    private volatile boolean isLate;

    /** @param meter told what is wrong */
    CopyTroubles(ArchiveMeter meter) {
        this.meter = meter;
    }

    /** Says whether the copy of a live stream is far behind. One thread at a time. */
    void lag(boolean isFar) {
        if (isFar != isLate) {
            isLate = isFar;
            if (isFar) {
                log.warn(LATE);
                meter.troubleBegins(LATE);
            } else {
                meter.troubleEnds(LATE);
            }
        }
    }

    void begins(StreamKey stream, IOException why) {
        String sentence = stream + " is not copied here: " + why;
        if (now.putIfAbsent(stream, sentence) == null) {
            log.warn(sentence);
            meter.troubleBegins(sentence);
        }
    }

    void ends(StreamKey stream) {
        String sentence = now.remove(stream);
        if (sentence != null) {
            log.info("{} is copied here again", stream);
            meter.troubleEnds(sentence);
        }
    }
}
