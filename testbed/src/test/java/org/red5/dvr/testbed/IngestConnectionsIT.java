package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What comes by one connection, whatever it is, gets to where it belongs as it was sent; seen in the server's log. */
@SideBySide
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IngestConnectionsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** More than the server has threads that read the network, so that each gets its share. */
    private static final int HOSTILE_CONNECTIONS = 16;

    private static final String CONNECTION = "org.red5.dvr.red5.fixes.MendedConnection";

    @TempDir
    private static Path folder;

    private FlvFile clip;
    private Red5Server server;

    @BeforeAll
    void start() throws IOException, InterruptedException {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Clips clips = new Clips(ffmpeg, CacheFolder.standard());
        clip = FlvFile.read(clips.get(new Clips.Spec(6, 320, 180, 25, 25, 2, 400, true, true)));
        server = Red5Server.in(folder.resolve("server")).start();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private RtmpClient connect() throws IOException {
        RtmpClient client = RtmpClient.open("127.0.0.1", server.rtmpPort(), LIMIT);
        client.connect("live");
        return client;
    }

    private static int publish(RtmpClient client, String name) throws IOException {
        int stream = client.createStream();
        client.publish(stream, name);
        return stream;
    }

    private static void send(RtmpClient client, FlvTag tag, long offsetMillis, int stream) throws IOException {
        if (!tag.isEndOfSequence()) {
            client.send(RtmpPublisher.message(tag, offsetMillis, stream));
        }
    }

    private long count(int type) {
        return clip.tags().stream()
                .filter(tag -> tag.type() == type && !tag.isEndOfSequence())
                .count();
    }

    private String whole() {
        return count(FlvTag.VIDEO) + " video and " + count(FlvTag.AUDIO) + " audio packets";
    }

    /** What the log says of the publishes of a stream that have ended. */
    private List<String> ended(String name) throws IOException {
        return Pattern.compile("ended live/" + name + ": (.*)")
                .matcher(server.log())
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private void assertEnded(String name, String... packets) throws Exception {
        Eventually.holds(name + " ended", LIMIT, () -> ended(name).size() == packets.length);
        List<String> ended = ended(name);
        for (int i = 0; i < packets.length; i++) {
            assertEquals(
                    packets[i],
                    ended.get(i)
                            .substring(
                                    0,
                                    Math.min(packets[i].length(), ended.get(i).length())));
        }
    }

    @Test
    void streamsOfOneConnectionAreKeptApart() throws Exception {
        int half = clip.tags().size() / 2;
        try (RtmpClient client = connect()) {
            int both = publish(client, "both");
            int sound = publish(client, "sound");
            int twice = publish(client, "twice");
            for (int i = 0; i < clip.tags().size(); i++) {
                FlvTag tag = clip.tags().get(i);
                if (i == half) {
                    client.deleteStream(twice, "twice");
                    twice = publish(client, "twice");
                }
                send(client, tag, 0, both);
                send(client, tag, 0, twice);
                if (tag.type() == FlvTag.AUDIO) {
                    send(client, tag, 0, sound);
                }
            }
            client.deleteStream(twice, "twice");
            assertEnded("twice", packetsOf(0, half), packetsOf(half, clip.tags().size()));
            client.deleteStream(both, "both");
        }
        assertEnded("both", whole());
        assertEnded("sound", "0 video and " + count(FlvTag.AUDIO) + " audio packets");
    }

    private String packetsOf(int from, int to) {
        List<FlvTag> tags = clip.tags().subList(from, to);
        return tags.stream()
                        .filter(tag -> tag.type() == FlvTag.VIDEO && !tag.isEndOfSequence())
                        .count()
                + " video and "
                + tags.stream().filter(tag -> tag.type() == FlvTag.AUDIO).count() + " audio packets";
    }

    @Test
    void streamsOfAConnectionThatVanishesAreWhole() throws Exception {
        for (int time = 0; time < 3; time++) {
            try (RtmpClient client = connect()) {
                int one = publish(client, "gone" + time);
                int other = publish(client, "gone too" + time);
                for (FlvTag tag : clip.tags()) {
                    send(client, tag, 0, one);
                    send(client, tag, 0, other);
                }
                client.vanish();
            }
        }
        for (int time = 0; time < 3; time++) {
            assertEnded("gone" + time, whole());
            assertEnded("gone too" + time, whole());
        }
    }

    /** Red5 keeps the last stream of each name, and by it its connection. */
    @Test
    void publishesThatHaveEndedLeaveNoConnectionInMemory() throws Exception {
        for (int i = 0; i < 50; i++) {
            try (RtmpClient client = connect()) {
                int stream = publish(client, "left" + i);
                for (FlvTag tag : clip.tags().subList(0, 10)) {
                    send(client, tag, 0, stream);
                }
                if (i % 2 == 0) {
                    client.deleteStream(stream, "left" + i);
                }
            }
        }
        assertTrue(HonestClients.instances(server, CONNECTION) > 0);
        Eventually.holds("connections are gone", LIMIT, () -> HonestClients.instances(server, CONNECTION) < 5);
    }

    @Test
    void timeStampsThatGoBackAreAsTheyWereSent() throws Exception {
        try (RtmpPublisher publisher = server.publish("live", "back")) {
            publisher.sendAll(clip, 20_000_000);
            publisher.sendAll(clip, 0);
            publisher.sendAll(clip, 17_000_000);
            publisher.unpublish();
            assertEnded(
                    "back",
                    3 * count(FlvTag.VIDEO) + " video and " + 3 * count(FlvTag.AUDIO)
                            + " audio packets, time stamps 20000000 to 1700");
        }
        try (RtmpPublisher publisher = server.publish("live", "later")) {
            for (FlvTag tag : clip.tags()) {
                publisher.send(tag, tag.isConfiguration() ? 0 : 20_000_000);
            }
            publisher.unpublish();
            assertEnded("later", whole() + ", time stamps 0 to 2000");
        }
    }

    /** Four of these ended all recording once. */
    @Test
    void hostileConnectionsHarmThemselvesOnly() throws Exception {
        List<RtmpClient> hostile = new ArrayList<>();
        List<RtmpPublisher> honest = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            honest.add(server.publish("live", "honest" + i));
        }
        Random random = new Random(9);
        for (int i = 0; i < HOSTILE_CONNECTIONS; i++) {
            RtmpClient client = RtmpClient.open("127.0.0.1", server.rtmpPort(), LIMIT);
            hostile.add(client);
            harm(client, i % 3, random);
        }
        for (RtmpPublisher publisher : honest) {
            publisher.sendAll(clip, 0);
            publisher.unpublish();
        }
        for (int i = 0; i < 4; i++) {
            assertEnded("honest" + i, whole());
        }
        for (RtmpPublisher publisher : honest) {
            publisher.close();
        }
        for (int i = 0; i < HOSTILE_CONNECTIONS; i++) {
            try (RtmpPublisher late = server.publish("live", "late" + i)) {
                late.unpublish();
            }
        }
        for (RtmpClient client : hostile) {
            client.close();
        }
        assertEquals(200, new DvrClient(server).get("health").statusCode());
    }

    private static void harm(RtmpClient client, int kind, Random random) throws IOException {
        OutputStream out = client.socket().getOutputStream();
        try {
            switch (kind) {
                case 0 -> client.send(new RtmpMessage(RtmpMessage.COMMAND, 0, 0, nestedArrays()));
                case 1 -> {
                    for (int chunkStream = 3; chunkStream < 64; chunkStream++) {
                        out.write(new byte[] {(byte) chunkStream, 0, 0, 0, -1, -1, -1, 9, 1, 0, 0, 0});
                        out.write(new byte[RtmpClient.CHUNK_BYTES]);
                    }
                }
                default -> {
                    byte[] bytes = new byte[100_000];
                    random.nextBytes(bytes);
                    out.write(bytes);
                }
            }
            out.flush();
        } catch (IOException e) {
            // The server has ended the connection, as it may.
            return;
        }
    }

    private static byte[] nestedArrays() {
        byte[] command = Amf0.encode("connect", 1);
        int depth = 20_000;
        ByteBuffer bytes = ByteBuffer.allocate(command.length + 5 * depth).put(command);
        for (int i = 0; i < depth; i++) {
            bytes.put((byte) 10).putInt(1);
        }
        return bytes.array();
    }
}
