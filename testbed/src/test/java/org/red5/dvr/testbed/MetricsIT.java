package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A real server says what it counts, and that it is well. */
@SideBySide
class MetricsIT {
    private static final Pattern SAMPLE = Pattern.compile(
            "([a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\]|\\\\.)*\",?)*\\})?) (\\S+)");

    @Test
    void countsWhatIsPublished() throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "metrics");
        try (Red5Server server = Red5Server.in(folder).start()) {
            DvrClient client = new DvrClient(server);
            assertEquals(0, sum(client, "dvr_segments_written_total"));
            assertEquals(1, sum(client, "dvr_healthy"));
            Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
            try (LiveClock camera = LiveClock.start(ffmpeg, server.rtmp("live/camera"), 320, 180)) {
                Eventually.holds("two segments written", Duration.ofSeconds(40), () -> {
                    assertTrue(camera.isAlive(), camera.errors());
                    return sum(client, "dvr_segments_written_total") >= 2;
                });
                Map<String, Double> samples = samples(client);
                assertTrue(sum(samples, "dvr_segments_written_total") >= 2, samples::toString);
                assertTrue(sum(samples, "dvr_written_bytes_total") > 10_000, samples::toString);
                assertTrue(sum(samples, "dvr_segment_write_seconds_sum") > 0, samples::toString);
                assertTrue(sum(samples, "dvr_disk_usable_bytes") > 0, samples::toString);
                assertEquals(1, sum(samples, "dvr_takes_open"), samples::toString);
                assertEquals(0, sum(samples, "dvr_packets_dropped_total"), samples::toString);
                assertEquals(0, sum(samples, "dvr_streams_failing"), samples::toString);
                assertEquals("{\"status\":\"ok\"}", client.text("health"));
            }
            Eventually.holds("the take ended", Duration.ofSeconds(20), () -> sum(client, "dvr_takes_open") == 0);
            assertEquals(
                    1,
                    samples(client).entrySet().stream()
                            .filter(sample -> sample.getKey().contains("reason=\"not_published\""))
                            .mapToDouble(Map.Entry::getValue)
                            .sum());
            assertTrue(!server.log().contains("no JMX bean"), "a JMX bean could not be registered");
        }
    }

    private static double sum(DvrClient client, String metric) throws IOException, InterruptedException {
        return sum(samples(client), metric);
    }

    private static double sum(Map<String, Double> samples, String metric) {
        return samples.entrySet().stream()
                .filter(sample -> sample.getKey().split("\\{")[0].equals(metric))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** Every line of the answer is a comment or a sample of the text format. */
    private static Map<String, Double> samples(DvrClient client) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.get("metrics");
        assertEquals(200, response.statusCode());
        assertTrue(response.headers().firstValue("Content-Type").orElse("").contains("version=0.0.4"));
        Map<String, Double> samples = new TreeMap<>();
        for (String line :
                new String(response.body(), StandardCharsets.UTF_8).lines().toList()) {
            if (!line.startsWith("#")) {
                Matcher sample = SAMPLE.matcher(line);
                assertTrue(sample.matches(), () -> "no sample: " + line);
                samples.put(sample.group(1), Double.parseDouble(sample.group(2)));
            }
        }
        return samples;
    }
}
