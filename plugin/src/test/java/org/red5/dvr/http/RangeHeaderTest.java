package org.red5.dvr.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeHeaderTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=0-99, 0, 100",
        "bytes=10-19, 10, 10",
        "bytes=90-, 90, 10",
        "bytes=90-1000, 90, 10",
        "bytes=90-999999999999999999, 90, 10",
        "bytes=-1, 99, 1",
        "bytes=-1000, 0, 100",
        "Bytes=5-6, 5, 2",
    })
    void aRangeIsCutToTheContent(String header, long offset, long length) {
        assertEquals(Optional.of(new RangeHeader(offset, length)), RangeHeader.parse(header, 100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-"})
    void aRangeOutsideCannotBeSatisfied(String header) {
        RangeHeader range = RangeHeader.parse(header, 100).orElseThrow();
        assertFalse(range.isSatisfiable());
        assertEquals("bytes */100", range.contentRange(100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=5-4",
                "bytes=a-b",
                "items=0-5",
                "bytes=0-1,5-6",
                "bytes=--5",
                "bytes=9999999999999999999-"
            })
    void otherHeadersAreIgnored(String header) {
        assertEquals(Optional.empty(), RangeHeader.parse(header, 100));
    }

    @Test
    void saysWhatIsSent() {
        assertEquals("bytes 10-19/100", new RangeHeader(10, 10).contentRange(100));
    }
}
