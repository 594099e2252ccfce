package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Of many streams that are published at once, nothing is lost. */
class ManyStreamsIT {
    private static final int STREAMS = 30;
    private static final Duration LENGTH = Duration.ofSeconds(15);
    private static final Duration SPREAD = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void everySampleOfEveryStreamIsRecordedInOneTake() throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "many");
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        FlvFile clip = FlvFile.read(clips.standard());
        try (Red5Server server = Red5Server.in(folder)
                        .conf("stream * { dvr archive 2d; }\n")
                        .start();
                RtmpLoad load = server.load("live", "many", STREAMS, clip, 1)) {
            DvrClient dvr = new DvrClient(server);
            RtmpLoad.Report sent = load.run(LENGTH, SPREAD);
            load.unpublish();
            Eventually.holds("all takes ended", LIMIT, () -> metric(dvr, "dvr_takes_ended_total") == STREAMS);
            assertEquals(0, metric(dvr, "dvr_packets_dropped_total"));
            assertEquals(sent.sentSamples(), RecordedSamples.in(server.dir().resolve("archive")));
            JsonArray streams = dvr.streams();
            assertEquals(STREAMS, streams.size());
            for (var stream : streams) {
                String path = stream.getAsJsonObject().get("path").getAsString();
                JsonObject status = dvr.status(path).get(0).getAsJsonObject();
                assertEquals(1, status.getAsJsonArray("ranges").size(), status::toString);
                double seconds = status.getAsJsonArray("ranges")
                        .get(0)
                        .getAsJsonObject()
                        .get("duration")
                        .getAsDouble();
                assertTrue(seconds > LENGTH.minus(SPREAD).toSeconds() - 0.5, status::toString);
            }
        }
    }

    private static double metric(DvrClient dvr, String name) throws Exception {
        return dvr.text("metrics")
                .lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
