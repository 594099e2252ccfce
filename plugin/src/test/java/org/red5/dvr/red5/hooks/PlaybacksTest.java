package org.red5.dvr.red5.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.StreamKey;

class PlaybacksTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final StreamKey STAGE = new StreamKey("live", "stage");

    private final Playbacks playbacks = new Playbacks();

    @Test
    void nobodyPlaysAStreamNeverPlayed() {
        assertEquals(new Playbacks.Count(0, 0, 0), playbacks.of(CAMERA));
    }

    @Test
    void viewersComeAndGo() {
        playbacks.begun("anna", CAMERA, true);
        playbacks.begun("ben", CAMERA, true);
        assertEquals(new Playbacks.Count(2, 0, 2), playbacks.of(CAMERA));
        playbacks.ended("anna");
        playbacks.ended("anna");
        assertEquals(new Playbacks.Count(1, 0, 2), playbacks.of(CAMERA));
    }

    @Test
    void viewerWhoSwitchesLeavesTheStreamBefore() {
        playbacks.begun("anna", CAMERA, true);
        playbacks.begun("anna", STAGE, true);
        assertEquals(new Playbacks.Count(0, 0, 1), playbacks.of(CAMERA));
        assertEquals(new Playbacks.Count(1, 0, 1), playbacks.of(STAGE));
        assertEquals(List.of(CAMERA, STAGE), List.copyOf(playbacks.all().keySet()));
    }

    @Test
    void viewersOfARecordingAreCountedApart() {
        playbacks.begun("anna", CAMERA, false);
        assertEquals(new Playbacks.Count(0, 1, 1), playbacks.of(CAMERA));
        assertEquals(0, playbacks.liveViewers());
        assertEquals(1, playbacks.pastViewers());
        playbacks.begun("anna", CAMERA, true);
        assertEquals(new Playbacks.Count(1, 0, 2), playbacks.of(CAMERA));
        playbacks.ended("anna");
        assertEquals(new Playbacks.Count(0, 0, 2), playbacks.of(CAMERA));
        assertEquals(0, playbacks.pastViewers());
    }
}
