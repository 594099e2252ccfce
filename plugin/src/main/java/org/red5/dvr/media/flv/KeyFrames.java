package org.red5.dvr.media.flv;

/**
 * Tells whether decoding can start at a picture: by its NAL units, and by what the encoder says only where these leave it open.
 * Used by one thread.
 */
final class KeyFrames {
    /** What is seen of a picture's NAL units. */
    static final class Evidence {
        boolean randomAccess;
        boolean recoveryPoint;
        boolean intra = true;
        boolean parameterSets;
    }

    /** Whether the encoder said it of a picture that is none. */
    private boolean flagsWrong;

    private boolean randomAccessSeen;

    /**
     * @param flagged whether the encoder says that it is a key frame
     */
    boolean isKey(boolean flagged, Evidence seen) {
        randomAccessSeen |= seen.randomAccess;
        if (seen.randomAccess || seen.recoveryPoint) {
            return true;
        }
        if (!seen.intra) {
            flagsWrong |= flagged;
            return false;
        }
        // An intra picture that is no IDR picture: where pictures behind it reach over it, only the encoder knows.
        return flagged ? !(flagsWrong && randomAccessSeen) : seen.parameterSets && !randomAccessSeen;
    }
}
