package org.red5.dvr.config.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.red5.dvr.config.syntax.Vocabulary;
import org.red5.dvr.timeline.StreamKey;

/** What {@code docs/configuration.md} says is so. */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");
    private static final Pattern EXAMPLE = Pattern.compile("```conf\n(.*?)```", Pattern.DOTALL);

    @TempDir
    Path home;

    @Test
    void readsEveryExample() throws Exception {
        List<String> examples = examples();

        assertTrue(examples.size() >= 6, () -> "found " + examples.size() + " examples");
        for (String example : examples) {
            read(example);
        }
    }

    @ParameterizedTest
    @CsvSource({"vod/x, P2D", "live/door, P7D", "live/cam2, P30D", "live/camera, P80D", "live/cam-test1, none"})
    void picksTheBlockThatTheExampleSays(String stream, String age) throws Exception {
        String example = examples().stream()
                .filter(each -> each.contains("cam-test*"))
                .findFirst()
                .orElseThrow();
        int slash = stream.indexOf('/');
        StreamKey key = new StreamKey(stream.substring(0, slash), stream.substring(slash + 1));

        String found = read(example)
                .ruleFor(key)
                .dvr()
                .map(dvr -> "P" + dvr.retention().age().orElseThrow().toDays() + "D")
                .orElse("none");
        assertEquals(age, found);
    }

    @ParameterizedTest
    @EnumSource
    void describesEveryDirective(Vocabulary place) throws IOException {
        String document = Files.readString(DOCUMENT);

        for (String directive : place.directives()) {
            assertTrue(document.contains("`" + directive + " "), directive);
        }
    }

    private static List<String> examples() throws IOException {
        return EXAMPLE.matcher(Files.readString(DOCUMENT))
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    private DvrConfiguration read(String text) throws IOException, ConfigurationException {
        return Configuration.read(Files.writeString(home.resolve("cluster-dvr.conf"), text), home, "host");
    }
}
