package org.red5.dvr.record;

import org.red5.dvr.media.Ticks;

/**
 * Gives audio access units their decoding times. RTMP rounds time stamps to milliseconds; access units follow each
 * other without a hole, so they are counted, and only a lasting difference to the time stamps is worked off. Where they are
 * counted for longer than they last, as by a wrong sample rate in the configuration, they stay half a second ahead at most.
 */
final class AudioTimes {
    private final int sampleRate;
    private final long toleratedTicks;
    private final long jumpTicks;
    private final long mostStepTicks;
    private final long mostAheadTicks;
    private long lastTicks = Long.MIN_VALUE;
    private long nextTicks = Long.MIN_VALUE;

    AudioTimes(int sampleRate) {
        this.sampleRate = sampleRate;
        this.toleratedTicks = sampleRate / 100;
        this.jumpTicks = sampleRate / 10;
        this.mostStepTicks = Math.max(1, sampleRate / 1_000);
        this.mostAheadTicks = sampleRate / 2;
    }

    /**
     * The decoding time of the next access unit, after that of the last.
     *
     * @param utcMicros the instant that its time stamp says
     * @param frameTicks how long it lasts
     */
    long next(long utcMicros, int frameTicks) {
        long said = Ticks.ofMicros(utcMicros, sampleRate);
        long ticks = nextTicks;
        if (ticks == Long.MIN_VALUE || said - ticks > jumpTicks) {
            ticks = said;
        } else if (ticks - said > mostAheadTicks) {
            ticks = said + mostAheadTicks;
        } else if (Math.abs(said - ticks) > toleratedTicks) {
            ticks += Math.max(-mostStepTicks, Math.min(mostStepTicks, (said - ticks) / 32));
        }
        ticks = Math.max(ticks, lastTicks + 1);
        lastTicks = ticks;
        nextTicks = ticks + frameTicks;
        return ticks;
    }

    /** Where the access unit given out last ends. */
    long endTicks() {
        return nextTicks;
    }
}
