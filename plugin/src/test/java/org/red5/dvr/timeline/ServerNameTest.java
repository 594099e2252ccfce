package org.red5.dvr.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ServerNameTest {
    @Test
    void aNameIsShortAndFitForFilesAndAddresses() {
        for (String name : List.of("a", "origin-1.example_2", "7", "x".repeat(ServerName.MOST_CHARS))) {
            assertTrue(ServerName.isName(name), name);
            assertEquals(name, TakeId.of(0, name).value().substring(20), "as it stands in a take");
        }
        for (String name : List.of("", ".", "-a", "_a", "a b", "a/b", "a\n", "é", "*", "x".repeat(64))) {
            assertFalse(ServerName.isName(name), name);
        }
    }

    @Test
    void anyTextHasANearestName() {
        assertEquals("my-host", ServerName.nearest("my host", 63));
        assertEquals("b", ServerName.nearest("-._b", 63));
        assertEquals("", ServerName.nearest("é", 63));
        assertEquals("abc", ServerName.nearest("abcdef", 3));
    }
}
