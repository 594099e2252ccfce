package org.red5.dvr.testbed.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OptionsTest {
    private static final List<String> KNOWN = List.of("--rounds", "--dir");

    @Test
    void readsWhatIsThereAndFallsBack() throws BenchException {
        Options options = parse("--rounds 9 --check --dir /srv/bench");
        assertTrue(options.check());
        assertEquals(9, options.number("--rounds", 5, 5));
        assertEquals(7, options.number("--seconds", 7, 1));
        assertEquals(Optional.of(Path.of("/srv/bench")), options.path("--dir"));
        assertFalse(parse("--rounds 5").check());
    }

    @Test
    void saysWhatItExpected() throws BenchException {
        assertMessage("unknown option --round; there are --rounds, --dir", () -> parse("--round 5"));
        assertMessage("--rounds needs a value", () -> parse("--rounds"));
        Options few = parse("--rounds 4");
        assertMessage("--rounds takes a number, at least 5, not \"4\"", () -> few.number("--rounds", 5, 5));
        Options text = parse("--rounds many");
        assertMessage("--rounds takes a number, at least 5, not \"many\"", () -> text.number("--rounds", 5, 5));
    }

    private static void assertMessage(String expected, org.junit.jupiter.api.function.Executable code) {
        assertEquals(expected, assertThrows(BenchException.class, code).getMessage());
    }

    private static Options parse(String line) throws BenchException {
        return Options.parse(Arrays.asList(line.split(" ")), KNOWN);
    }
}
