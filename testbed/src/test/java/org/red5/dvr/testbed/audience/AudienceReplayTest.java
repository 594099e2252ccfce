package org.red5.dvr.testbed.audience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is evicted is chosen well, with an audience like that of {@code bench audience} whose segments are thirty times as long. */
class AudienceReplayTest {
    private static final int PER_HOUR = 30;
    private static final TimeShiftAudience AUDIENCE = new TimeShiftAudience(20, 48, 24, PER_HOUR, 300);
    private static final Requests REQUESTS = AUDIENCE.requests(1);
    private static final Replay REPLAY = new Replay(REQUESTS, AUDIENCE.periods());

    private static int segments(int percent) {
        return AUDIENCE.archiveSegments() * percent / 100;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 10})
    void wholeHoursAreAtLeastAsGoodAsSingleSegments(int percent) {
        int most = segments(percent);
        double hours = REPLAY.hits(HourCache.ofThePlugin(most, PER_HOUR));
        assertAtLeast(REPLAY.hits(new SegmentS3Fifo(most)), hours);
        assertAtLeast(REPLAY.hits(HourCache.leastRecentlyUsed(most, PER_HOUR)), hours);
    }

    @Test
    void aTenthOfTheDataHasNineTenthsOfWhatKnowingTheFutureGives() {
        double best = REPLAY.hits(new Belady(segments(10), REQUESTS));
        assertAtLeast(0.9 * best, REPLAY.hits(HourCache.ofThePlugin(segments(10), PER_HOUR)));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 10})
    void anExportTakesLittleAwayAdmittedOrNot(int percent) {
        int most = segments(percent);
        Requests export = AUDIENCE.export(AUDIENCE.periods() / 2);
        double alone = REPLAY.hits(HourCache.ofThePlugin(most, PER_HOUR));
        assertAtLeast(alone - 1, REPLAY.hitsBesideNotAdmitted(export, HourCache.ofThePlugin(most, PER_HOUR)));
        assertAtLeast(alone - 1, REPLAY.hitsBesideAdmitted(export, HourCache.ofThePlugin(most, PER_HOUR)));
    }

    @Test
    void theAudienceIsAlwaysTheSame() {
        Requests again = AUDIENCE.requests(1);
        assertEquals(REQUESTS.size(), again.size());
        for (int i = 0; i < again.size(); i++) {
            assertEquals(REQUESTS.segment(i), again.segment(i));
            assertEquals(REQUESTS.period(i), again.period(i));
        }
    }

    @Test
    void mostIsOfTheLastHoursAndOneSegmentAfterTheOther() {
        int perStream = (48 + 24) * PER_HOUR;
        int ofTheDay = 0;
        int ofTwoHours = 0;
        int goingOn = 0;
        int ofTheFirst = 0;
        Set<Integer> before = new HashSet<>();
        Set<Integer> now = new HashSet<>();
        for (int i = 0; i < REQUESTS.size(); i++) {
            if (i > 0 && REQUESTS.period(i) != REQUESTS.period(i - 1)) {
                before = now;
                now = new HashSet<>();
            }
            int segment = REQUESTS.segment(i);
            int age = 48 * PER_HOUR + REQUESTS.period(i) - segment % perStream;
            assertTrue(age > 0 && age <= 48 * PER_HOUR, "of the archive as it is then");
            now.add(segment);
            ofTheFirst += segment < perStream ? 1 : 0;
            ofTheDay += age <= 24 * PER_HOUR ? 1 : 0;
            ofTwoHours += age <= 2 * PER_HOUR ? 1 : 0;
            goingOn += before.contains(segment - 1) ? 1 : 0;
        }
        assertEquals(300.0 * AUDIENCE.periods(), REQUESTS.size(), 0.1 * REQUESTS.size());
        assertEquals(0.9, (double) ofTheDay / REQUESTS.size(), 0.02);
        assertEquals(0.57, (double) ofTwoHours / REQUESTS.size(), 0.03);
        assertEquals(0.28, (double) ofTheFirst / REQUESTS.size(), 0.03);
        assertAtLeast(0.8, (double) goingOn / REQUESTS.size());
    }

    private static void assertAtLeast(double expected, double actual) {
        assertTrue(actual >= expected, () -> actual + " is less than " + expected);
    }
}
