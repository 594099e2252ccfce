package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The plugin notices every publish, takes every packet of it, and stops with its server; seen in the server's log. */
@SideBySide
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishHooksIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long POLL_NANOS = Duration.ofMillis(50).toNanos();
    private static final String BEAN = """
              <bean class="org.red5.dvr.red5.ClusterDvrPlugin" init-method="doStart" destroy-method="doStop">
                <property name="configuration" value="conf/other.conf" />
              </bean>
            """;

    @TempDir
    private static Path folder;

    private Ffmpeg ffmpeg;
    private Path clipFile;
    private FlvFile clip;
    private Red5Server server;

    @BeforeAll
    void start() throws IOException, InterruptedException {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        clipFile =
                new Clips(ffmpeg, CacheFolder.standard()).get(new Clips.Spec(6, 320, 180, 25, 25, 2, 400, true, true));
        clip = FlvFile.read(clipFile);
        server = Red5Server.in(folder.resolve("shared")).app("second").start();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void streamCanBePublishedAgainAndAgain() throws Exception {
        for (int time = 1; time <= 3; time++) {
            try (RtmpPublisher publisher = server.publish("live", "again")) {
                publisher.sendAll(clip, 0);
                publisher.unpublish();
                awaitLog(server, "ended live/again: " + packets(), time);
            }
        }
        assertEquals(3, count(server.log(), "recording live/again"));
        assertFalse(server.log().contains("Bad name again"));
    }

    @Test
    void publisherThatVanishesLosesNoPacketThatArrived() throws Exception {
        for (int time = 1; time <= 3; time++) {
            try (RtmpPublisher publisher = server.publish("live", "vanishing")) {
                publisher.sendAll(clip, 0);
                publisher.vanish();
            }
            awaitLog(server, "ended live/vanishing: ", time);
        }
        assertEquals(3, count(server.log(), "ended live/vanishing: " + packets()), server.log());
    }

    @Test
    void publisherThatVanishesAtOnceLeavesItsNameFree() throws Exception {
        for (int time = 1; time <= 200; time++) {
            try (RtmpClient client = RtmpClient.open("127.0.0.1", server.rtmpPort(), LIMIT)) {
                client.connect("live");
                client.askToPublish(client.createStream(), "hasty" + time);
            }
        }
        for (int time = 1; time <= 200; time++) {
            String name = "hasty" + time;
            Eventually.holds(name + " is free", LIMIT, () -> {
                try (RtmpPublisher publisher = server.publish("live", name)) {
                    publisher.unpublish();
                    return true;
                } catch (RtmpRefusedException e) {
                    return false;
                }
            });
        }
        awaitAllEnded("live/hasty");
    }

    /** One encoder hangs and answers pings, the other one's network is dead. */
    @Test
    void publisherThatFellSilentGivesItsNameToTheNextOne() throws Exception {
        try (RtmpPublisher hanging = server.publish("live", "hanging");
                RtmpClient dead = RtmpClient.open("127.0.0.1", server.rtmpPort(), LIMIT);
                RtmpPlayer player = new RtmpPlayer(server.rtmpPort(), "live", "hanging")) {
            int stream = RtmpPublisher.begin(dead, "live", "dead");
            dead.send(RtmpPublisher.message(clip.tags().get(1), 0, stream));
            hanging.sendAll(clip, 0);
            long silentNanos = System.nanoTime();
            assertEquals(0, contenders("hanging", 1));
            Eventually.holds("one gets the name", LIMIT, () -> contenders("dead", 4) == 1);
            try (RtmpPublisher next = awaitName("hanging")) {
                long waitedMillis =
                        Duration.ofNanos(System.nanoTime() - silentNanos).toMillis();
                assertTrue(waitedMillis < 15_000, "free after " + waitedMillis + " ms");
                awaitLog(server, "ended live/hanging: " + packets(), 1);
                Eventually.holds("the old connection is closed", LIMIT, () -> isClosed(hanging));
                long againNanos = System.nanoTime();
                next.sendPaced(clip, 0);
                Eventually.holds(
                        "who plays it goes on",
                        LIMIT,
                        () -> player.picturesSince(againNanos).size() > 100);
                assertTrue(player.isConnected());
            }
        }
    }

    /** How many of so many that ask at once are let in. */
    private long contenders(String name, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> isLetIn(name)))
                .toList()
                .stream()
                .filter(CompletableFuture::join)
                .count();
    }

    private boolean isLetIn(String name) {
        try {
            server.publish("live", name);
            return true; // and goes when the server does
        } catch (RtmpRefusedException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RtmpPublisher awaitName(String name) throws Exception {
        RtmpPublisher[] publisher = new RtmpPublisher[1];
        Eventually.holds(name + " is free", LIMIT, () -> {
            try {
                publisher[0] = server.publish("live", name);
                return true;
            } catch (RtmpRefusedException e) {
                return false;
            }
        });
        return publisher[0];
    }

    private boolean isClosed(RtmpPublisher publisher) {
        try {
            publisher.send(clip.tags().get(1), 0);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void connectionCanPublishOneStreamAfterAnother() throws Exception {
        try (RtmpClient client = RtmpClient.open("127.0.0.1", server.rtmpPort(), LIMIT)) {
            client.connect("live");
            for (String name : List.of("first", "second")) {
                int stream = client.createStream();
                client.publish(stream, name);
                for (FlvTag tag : clip.tags()) {
                    if (!tag.isEndOfSequence()) {
                        client.send(RtmpPublisher.message(tag, 0, stream));
                    }
                }
                client.deleteStream(stream, name);
                awaitLog(server, "ended live/" + name + ": " + packets(), 1);
            }
        }
    }

    @Test
    void roomsOfOtherApplicationsAreHeardToo() throws Exception {
        ffmpeg.run(
                        LIMIT,
                        "-re",
                        "-t",
                        "2",
                        "-i",
                        clipFile + "",
                        "-c",
                        "copy",
                        "-f",
                        "flv",
                        server.rtmp("second/room/cam?a=b"))
                .requireSuccess();
        awaitLog(server, "ended second/room/cam: ", 1);
        assertEquals(1, count(server.log(), "recording second/room/cam\n"));
    }

    @Test
    void playbacksAreCountedInEveryApplication() throws Exception {
        try (RunningProcess publisher = ffmpeg.start(
                "-re",
                "-stream_loop",
                "-1",
                "-i",
                clipFile + "",
                "-c",
                "copy",
                "-f",
                "flv",
                server.rtmp("second/show"))) {
            awaitLog(server, "recording second/show", 1);
            ffmpeg.run(LIMIT, "-i", server.rtmp("second/show"), "-t", "1", "-f", "null", "-")
                    .requireSuccess();
            assertTrue(publisher.isAlive(), publisher.errors());
        }
        awaitLog(server, "second/show has 1 live viewers, 1 since the start", 1);
        awaitLog(server, "second/show has 0 live viewers, 1 since the start", 1);
    }

    /** Of a file that Red5 plays itself; it does not find one whose name without the ending has three letters. */
    @Test
    void playbacksOfRecordingsAreCountedToo() throws Exception {
        Path files = Files.createDirectories(server.dir().resolve("webapps/second/streams"));
        Files.copy(clipFile, files.resolve("recording.flv"));
        try (RunningProcess player = ffmpeg.start(
                "-rtmp_live",
                "recorded",
                "-re",
                "-i",
                server.rtmp("second/recording"),
                "-c",
                "copy",
                "-f",
                "null",
                "-")) {
            Eventually.holds("a viewer of the past", LIMIT, () -> pastViewers() == 1);
            assertTrue(player.isAlive(), player.errors());
        }
        Eventually.holds("no viewer of the past", LIMIT, () -> pastViewers() == 0);
    }

    private double pastViewers() throws IOException, InterruptedException {
        return new DvrClient(server)
                .text("metrics")
                .lines()
                .filter(line -> line.startsWith("dvr_rtmp_past_viewers "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    @Test
    void timeStampsOfMoreThan24BitsAreRead() throws Exception {
        long offsetMillis = 17_000_000;
        try (RtmpPublisher publisher = server.publish("live", "late")) {
            publisher.sendAll(clip, offsetMillis);
            publisher.unpublish();
            awaitLog(server, "ended live/late: " + packets() + ", time stamps " + offsetMillis + " to 1700", 1);
        }
    }

    @Test
    void pluginThatIsDeclaredTwiceStartsOnceAndStopsOnSigterm() throws Exception {
        Path overlay = folder.resolve("overlay");
        Files.createDirectories(overlay.resolve("conf"));
        Files.writeString(overlay.resolve("conf/other.conf"), "stream * { dvr elsewhere 2d; }\n");
        String xml = Files.readString(server.dir().resolve("conf/red5.xml"));
        String withBean = xml.replaceFirst("(?= *<bean id=\"context.loader\")", BEAN);
        assertTrue(withBean.contains("ClusterDvrPlugin"), withBean);
        Files.writeString(overlay.resolve("conf/red5.xml"), withBean);
        try (Red5Server declared = Red5Server.in(folder.resolve("declared"))
                        .overlay(overlay)
                        .start();
                RunningProcess publisher = ffmpeg.start(
                        "-re", "-i", clipFile + "", "-c", "copy", "-f", "flv", declared.rtmp("live/last"))) {
            awaitLog(declared, "live/last: take ", 1);
            assertTrue(publisher.isAlive(), publisher.errors());
            declared.stop();
            String log = declared.log();
            assertEquals(1, count(log, "cluster DVR starts as node"), log);
            assertEquals(1, count(log, "conf/other.conf"), log);
            assertEquals(1, count(log, "recording live/last"), log);
            assertEquals(1, count(log, "ended live/last: "), log);
            assertEquals(1, count(log, "cluster DVR stopped"), log);
            assertTrue(Files.isDirectory(declared.dir().resolve("elsewhere")), log);
        }
    }

    /** What the log says of a publish that came in whole. */
    private String packets() {
        long video = clip.tags().stream()
                .filter(tag -> tag.type() == FlvTag.VIDEO && !tag.isEndOfSequence())
                .count();
        long audio =
                clip.tags().stream().filter(tag -> tag.type() == FlvTag.AUDIO).count();
        return video + " video and " + audio + " audio packets";
    }

    private static void awaitLog(Red5Server server, String text, int times) throws IOException {
        long endNanos = System.nanoTime() + LIMIT.toNanos();
        while (count(server.log(), text) < times) {
            assertTrue(System.nanoTime() < endNanos, "not " + times + " times \"" + text + "\" in:\n" + server.log());
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private void awaitAllEnded(String prefix) throws Exception {
        Eventually.holds("all " + prefix + " ended", LIMIT, () -> {
            String log = server.log();
            return count(log, "published " + prefix) == count(log, "ended " + prefix);
        });
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }
}
