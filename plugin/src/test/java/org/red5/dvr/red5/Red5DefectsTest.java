package org.red5.dvr.red5;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Against the Red5 that is on the class path, 1.3.17, which has both defects. */
class Red5DefectsTest {
    @Test
    void repeatingJobsOfRed5RunOnce() {
        assertTrue(Red5Defects.repeatingJobsRunOnce());
    }

    @Test
    void streamsOfRed5StayOpen() {
        assertTrue(Red5Defects.streamsStayOpen());
    }
}
