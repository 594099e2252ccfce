package org.red5.dvr.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TakeIdTest {
    private static final long START_MILLIS =
            Instant.parse("2026-11-22T13:15:02.123Z").toEpochMilli();

    @Test
    void saysWhenAndWhere() {
        TakeId take = TakeId.of(START_MILLIS * 1_000 + 999, "origin");
        assertEquals("20261122T131502123Z-origin", take.value());
        assertEquals(START_MILLIS, take.startUtcMillis());
        assertEquals(Optional.of(take), TakeId.parse(take.value()));
    }

    @Test
    void fitsAFileNameWhateverTheNodeIsCalled() {
        assertEquals(
                "20261122T131502123Z-n..-etc",
                TakeId.of(START_MILLIS * 1_000, "../etc").value());
        assertEquals(
                "20261122T131502123Z-n", TakeId.of(START_MILLIS * 1_000, "").value());
        assertEquals(
                19 + 1 + 63,
                TakeId.of(START_MILLIS * 1_000, "x".repeat(300)).value().length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "20261122T131502123Z",
                "20261122T131502123Z-",
                "20261122T131502123-origin",
                "2026-11-22T13:15:02Z-origin",
                "20261122T131502123Z-a/b",
                "20261122T131502123Z-..",
                "20261322T131502123Z-origin",
                "20261132T131502123Z-origin",
                "20261122T241502123Z-origin",
                "20261122T136002123Z-origin",
                "00000000T000000000Z-origin",
                " 20261122T131502123Z-origin",
            })
    void isNotAnyText(String text) {
        assertEquals(Optional.empty(), TakeId.parse(text));
        assertThrows(IllegalArgumentException.class, () -> new TakeId(text));
    }
}
