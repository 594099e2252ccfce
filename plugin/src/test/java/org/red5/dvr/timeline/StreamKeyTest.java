package org.red5.dvr.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StreamKeyTest {
    @Test
    void aNameBeginsNoLineInALog() {
        StreamKey stream = new StreamKey("live", "a\r\n2026 ERROR all is lost\u001b[31m\u2028für 日本");
        assertEquals("live/a\\u000d\\u000a2026 ERROR all is lost\\u001b[31m\\u2028für 日本", stream.toString());
        assertEquals("live/" + stream.name(), stream.fullName());
    }

    @Test
    void aNameFillsNoPages() {
        StreamKey stream = new StreamKey("live", "x".repeat(60_000));
        assertEquals("live/" + "x".repeat(195) + '…', stream.toString());
        assertEquals(60_005, stream.fullName().length());
    }
}
