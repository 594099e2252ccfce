package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Amf0Test {
    @Test
    void readsBackWhatItWrote() throws IOException {
        byte[] bytes = Amf0.encode("connect", 1, Amf0.NULL, true, Map.of("app", "live", "inner", Map.of("x", 2.5)));
        List<Object> expected =
                List.of("connect", 1.0, Amf0.NULL, true, Map.of("app", "live", "inner", Map.of("x", 2.5)));
        assertEquals(expected, Amf0.decode(bytes));
    }

    @Test
    void writesAStringAsTheSpecificationSays() {
        assertArrayEquals(new byte[] {2, 0, 3, 'a', (byte) 0xc3, (byte) 0xa9}, Amf0.encode("a\u00e9"));
    }

    @Test
    void readsArrays() throws IOException {
        byte[] ecma = {8, 0, 0, 0, 1, 0, 1, 'a', 1, 1, 0, 0, 9};
        byte[] strict = {10, 0, 0, 0, 2, 5, 6};
        assertEquals(List.of(Map.of("a", true)), Amf0.decode(ecma));
        assertEquals(List.of(List.of(Amf0.NULL, Amf0.NULL)), Amf0.decode(strict));
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThrows(IOException.class, () -> Amf0.decode(new byte[] {17, 1}));
        assertThrows(IllegalArgumentException.class, () -> Amf0.encode(new Object()));
    }
}
