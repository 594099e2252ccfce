package org.red5.dvr.red5;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TeardownTest {
    @Test
    void endsWhatWasBegunTheOtherWayRoundAndOnce() {
        List<String> ended = new ArrayList<>();
        Teardown teardown = new Teardown();
        teardown.add(() -> ended.add("first"));
        teardown.add(() -> {
            throw new IllegalStateException("as asked for");
        });
        teardown.add(() -> {
            throw new NoClassDefFoundError("as asked for");
        });
        teardown.add(() -> ended.add("last"));
        teardown.close();
        teardown.close();
        assertEquals(List.of("last", "first"), ended);
    }
}
