package org.red5.dvr.red5.hooks;

/** What came in during one publish, for the log. One thread adds, any thread reads. */
final class PacketCount {
    private volatile int video;
    private volatile int audio;
    private volatile int firstMillis;
    private volatile int lastMillis;

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread adds
    void addVideo(int timestampMillis) {
        note(timestampMillis);
        video++;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread adds
    void addAudio(int timestampMillis) {
        note(timestampMillis);
        audio++;
    }

    private void note(int timestampMillis) {
        if (video + audio == 0) {
            firstMillis = timestampMillis;
        }
        lastMillis = timestampMillis;
    }

    @Override
    public String toString() {
        return video + " video and " + audio + " audio packets, time stamps " + Integer.toUnsignedString(firstMillis)
                + " to " + Integer.toUnsignedString(lastMillis) + " ms";
    }
}
