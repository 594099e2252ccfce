package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against the Red5 that is on the class path: 1.3.17, which has all the defects, or a later one. */
class Red5DefectsTest {
    @Test
    @Tag("red5-1.3.17")
    void repeatingJobsOfRed5RunOnce() {
        assertTrue(Red5Defects.repeatingJobsRunOnce());
    }

    @Test
    @Tag("red5-1.3.17")
    void streamsOfRed5StayOpen() {
        assertTrue(Red5Defects.streamsStayOpen());
    }

    @Test
    void closingRed5sConnectionsLosesPackets() {
        assertTrue(Red5Defects.closingLosesPackets());
    }

    @Test
    void red5MisreadsTimeStamps() {
        assertTrue(Red5Defects.misreadsTimeStamps());
    }
}
