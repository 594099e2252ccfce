package org.red5.dvr.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.config.file.Configuration;
import org.red5.dvr.timeline.StreamKey;

class StreamRulesTest {
    private static final int STREAMS = 300;

    @TempDir
    Path home;

    private StreamRules rules(String text) throws Exception {
        return Configuration.read(Files.writeString(home.resolve("dvr.conf"), text), home, "e")
                .streams();
    }

    private static StreamKey live(String name) {
        return new StreamKey("live", name);
    }

    /** As it is defined, over all blocks. */
    private static Optional<StreamRule> byDefinition(StreamRules rules, StreamKey stream) {
        List<StreamRule> all = rules.all();
        return all.stream()
                .filter(rule -> rule.glob().matches(stream))
                .max(Comparator.<StreamRule>comparingInt(rule -> rule.glob().literalCharacters())
                        .thenComparing(rule -> -rule.glob().stars())
                        .thenComparing(all::indexOf));
    }

    @Test
    void mostSpecificBlockHolds() throws Exception {
        StreamRules rules = rules("""
                stream * { dvr a 2d; }
                stream camera { dvr b 2d; }
                stream live/cam* { dvr c 2d; }
                stream live/*era { dvr d 2d; }
                stream live/camera* { dvr e 2d; }
                stream live/*camera* { dvr f 2d; }
                stream news/* { dvr g 2d; }
                """);
        for (String name : List.of("camera", "camera2", "cam", "opera", "camaera", "mycamera", "camera-camera", "x")) {
            assertEquals(byDefinition(rules, live(name)), rules.of(live(name)), name);
        }
        assertEquals(
                "live/camera", rules.of(live("camera")).orElseThrow().glob().toString());
        assertEquals(
                "news/*",
                rules.of(new StreamKey("news", "a/b")).orElseThrow().glob().toString());
    }

    @Test
    void blocksThatNameOtherStreamsAreNotCompared() throws Exception {
        StringBuilder text = new StringBuilder("stream * { dvr all 2d; }\nstream live/x* { dvr x 2d; }\n");
        for (int i = 0; i < STREAMS; i++) {
            text.append("stream camera")
                    .append(i)
                    .append(" { dvr dvr")
                    .append(i)
                    .append(" 2d; }\n");
        }
        StreamRules rules = rules(text.toString());
        int compared = 0;
        for (int i = 0; i < STREAMS; i++) {
            compared += rules.candidates(live("camera" + i)).size();
            compared += rules.candidates(live("other" + i)).size();
        }
        assertTrue(compared <= 3 * STREAMS, compared + " blocks compared");
    }
}
