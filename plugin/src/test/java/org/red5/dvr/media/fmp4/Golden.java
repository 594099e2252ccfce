package org.red5.dvr.media.fmp4;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Texts kept beside the tests, that what is tested must agree with. */
final class Golden {
    private Golden() {}

    static void assertSame(String name, String text) throws IOException {
        try (InputStream in = Objects.requireNonNull(Golden.class.getResourceAsStream(name), name)) {
            assertEquals(new String(in.readAllBytes(), StandardCharsets.UTF_8), text, name);
        }
    }
}
