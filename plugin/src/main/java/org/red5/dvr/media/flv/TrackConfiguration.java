package org.red5.dvr.media.flv;

import java.util.List;

/** Whether a track's configuration is known, and what is to be said of it when it does not come. Used by one thread. */
final class TrackConfiguration {
    /** A sequence header may come so much later than the first access unit before it is missed. */
    private static final int PATIENCE_MILLIS = 2_000;

    private static final int PATIENCE_UNITS = 100;

    private final boolean video;
    private final String missing;
    private boolean known;
    private boolean refused;
    private int units;
    private int firstMillis;

    /**
     * @param missing what is said when no configuration comes
     */
    TrackConfiguration(boolean video, String missing) {
        this.video = video;
        this.missing = missing;
    }

    /** Whether what comes cannot be recorded. */
    boolean isRefused() {
        return refused;
    }

    void nowKnown() {
        known = true;
        refused = false;
    }

    /** The one that came cannot be used: the one known stays, or, where there is none, the track is not recorded until another comes. */
    void refuse(String why, List<FlvPacket> to) {
        refused = !known;
        to.add(new FlvPacket.NotRecorded(video, refused, why));
    }

    /** Takes notice of an access unit. */
    void accessUnit(int timestampMillis, List<FlvPacket> to) {
        if (known || refused) {
            return;
        }
        if (units++ == 0) {
            firstMillis = timestampMillis;
        }
        if (units > PATIENCE_UNITS || timestampMillis - firstMillis > PATIENCE_MILLIS) {
            refuse(missing, to);
        }
    }
}
