package org.red5.dvr.testbed.audience;

/** A cache without contents: it tells hits from misses. */
public interface ReplayedCache {
    /**
     * Asks for a segment, which is put into the cache when it is not there.
     *
     * @param period when, in durations of a segment; never earlier than the one before
     * @return whether it was there
     */
    boolean request(int segment, int period);
}
