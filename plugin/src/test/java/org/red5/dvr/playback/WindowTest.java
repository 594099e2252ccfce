package org.red5.dvr.playback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {
    @Test
    void namesAskForWindows() throws Exception {
        assertEquals(Optional.of(new Window.Live()), Window.parse("index"));
        assertEquals(
                Optional.of(new Window.Past(1_763_817_600_000_000L, 60_000_000)),
                Window.parse("archive-1763817600-60"));
        assertEquals(
                Optional.of(new Window.Past(1_763_817_600_250_000L, 1_500_000)),
                Window.parse("archive-1763817600.25-1.5"));
        assertEquals(Optional.of(new Window.Since(1_763_817_600_000_000L)), Window.parse("archive-1763817600-now"));
        assertEquals(
                Optional.of(new Window.Past(1_763_817_600_123_456L, 1_234_567)),
                Window.parse("archive-1763817600.123456789-1.2345678901234567890"));
        assertEquals(
                Optional.of(new Window.Past(1_763_817_600_123_500L, 60_000_000)),
                Window.parse("archive-1763817600123.5-60"));
        assertEquals(Optional.of(new Window.Rewind(30_000_000)), Window.parse("rewind-30"));
        assertEquals(Optional.of(new Window.Past(0, Window.MAX_MICROS)), Window.parse("archive-0-604800"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Index", "index-", "archive", "rewind", "timeshift-3"})
    void otherNamesAreNoWindows(String name) throws Exception {
        assertEquals(Optional.empty(), Window.parse(name));
    }

    @ParameterizedTest
    @CsvSource({
        "archive--5-60, -5, negative",
        "archive-5--60, -60, not above zero",
        "archive-5-0, 0, not above zero",
        "archive-5-0.000, 0.000, not above zero",
        "archive-5-604801, 604801, 7 days",
        "archive-5-2592000, 2592000, 7 days",
        "archive-x-60, x, not a number",
        "archive-5-1e3, 1e3, not a number",
        "archive-5-1., 1., not a number",
        "archive-5-.5, .5, not a number",
        "archive-now-60, now, not a number",
        "archive-176381760012-60, 176381760012, too large",
        "archive-17638176001234-60, 17638176001234, too large",
        "archive-5-1763817600123, 1763817600123, too large",
        "archive-99999999999999999999-now, 99999999999999999999, too large",
        "rewind-0, 0, not above zero",
        "rewind--3, -3, not above zero",
        "rewind-, '', not a number",
        "rewind-604801, 604801, 7 days",
    })
    void whatMakesNoSenseIsRefusedByName(String name, String value, String why) {
        PlaybackException e = assertThrows(PlaybackException.class, () -> Window.parse(name));
        assertEquals(PlaybackException.Kind.BAD_REQUEST, e.kind());
        assertTrue(e.getMessage().contains('"' + value + '"'), e.getMessage());
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"archive-5", "archive-1-2-3", "archive-"})
    void anIncompleteNameIsExplained(String name) {
        PlaybackException e = assertThrows(PlaybackException.class, () -> Window.parse(name));
        assertTrue(e.getMessage().contains("archive-<from>-<duration>"), e.getMessage());
    }
}
