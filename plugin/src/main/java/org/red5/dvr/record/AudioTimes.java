package org.red5.dvr.record;

import org.red5.dvr.media.Ticks;

/**
 * Gives audio access units their decoding times. RTMP rounds time stamps to milliseconds; access units follow each
 * other without a hole, so they are counted, and only a lasting difference to the time stamps is worked off.
 */
final class AudioTimes {
    private final int sampleRate;
    private final int frameTicks;
    private final long toleratedTicks;
    private final long jumpTicks;
    private final long mostStepTicks;
    private long nextTicks = Long.MIN_VALUE;

    AudioTimes(int sampleRate, int frameTicks) {
        this.sampleRate = sampleRate;
        this.frameTicks = frameTicks;
        this.toleratedTicks = sampleRate / 100;
        this.jumpTicks = sampleRate / 10;
        this.mostStepTicks = Math.max(1, sampleRate / 1_000);
    }

    /** The decoding time of the next access unit, whose time stamp says this instant. */
    long next(long utcMicros) {
        long said = Ticks.ofMicros(utcMicros, sampleRate);
        long ticks = nextTicks;
        if (ticks == Long.MIN_VALUE || said - ticks > jumpTicks) {
            ticks = said;
        } else if (Math.abs(said - ticks) > toleratedTicks) {
            ticks += Math.max(-mostStepTicks, Math.min(mostStepTicks, (said - ticks) / 32));
        }
        nextTicks = ticks + frameTicks;
        return ticks;
    }

    /** Where the access unit given out last ends. */
    long endTicks() {
        return nextTicks;
    }
}
