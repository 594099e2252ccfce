package org.red5.dvr.red5.hooks;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MediaRhythmTest {
    private static final Duration LIMIT = Duration.ofSeconds(3);

    private long nowNanos = Long.MAX_VALUE - 5; // it wraps while a test runs
    private final MediaRhythm rhythm = new MediaRhythm(() -> nowNanos);

    private void pass(long millis) {
        nowNanos += Duration.ofMillis(millis).toNanos();
    }

    private void send(int packets, long everyMillis) {
        for (int i = 0; i < packets; i++) {
            pass(everyMillis);
            rhythm.packet();
        }
    }

    private void isSilentOnlyAfter(long millis) {
        pass(millis - 1);
        assertFalse(rhythm.isSilent(LIMIT));
        pass(1);
        assertTrue(rhythm.isSilent(LIMIT));
    }

    @Test
    void publisherThatNeverSentAnythingIsSilentAfterTheLimit() {
        isSilentOnlyAfter(3_000);
    }

    @Test
    void publisherOfManyPicturesIsSilentAfterTheLimit() {
        send(100, 40);
        isSilentOnlyAfter(3_000);
    }

    @Test
    void slowPicturesMayComeLate() {
        send(4, 10_000);
        isSilentOnlyAfter(20_000);
    }

    @Test
    void slowPicturesOfSeveralPacketsMayComeLateToo() {
        for (int picture = 0; picture < 4; picture++) {
            send(1, 10_000);
            send(3, 0);
        }
        isSilentOnlyAfter(20_000);
    }

    @Test
    void onePauseIsForgottenWhenMediaFlow() {
        send(1, 20_000);
        send(16, 40);
        isSilentOnlyAfter(3_000);
    }

    @Test
    void afterAMinuteAnyoneIsSilent() {
        send(3, 600_000);
        isSilentOnlyAfter(60_000);
    }
}
