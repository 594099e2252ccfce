package org.red5.dvr.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A small server in full dress, and many clients that stand idle, send nothing, read nothing, make up names and break RTMP, one kind
 * after the other and all of them at last: others publish and watch as if they were not there. It measures to the second, and runs where
 * it is asked for, by {@code -Dharm.cases=400}.
 */
@EnabledIfSystemProperty(named = "harm.cases", matches = "\\d+")
@SideBySide
class AttackedServerIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** While one kind is there; the buffer of a viewer is longer, and what adds up shows. */
    private static final Duration EACH = Duration.ofSeconds(2);

    private static final Duration ALL = Duration.ofSeconds(12);
    private static final int IDLE = 1_500;
    private static final int SLOW = 260;
    private static final int NAMES = 2_000;
    private static final int BREAKERS = 24;
    /** More than the server has threads that read the network. */
    private static final int LATE = 16;

    private static final String CONF = """
            node origin;
            stream * { dvr archive 2d; }
            """;

    private final List<Socket> sockets = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(HttpProtocol.class)
    void othersDoNotNotice(HttpProtocol protocol) throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "harm");
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        FlvFile clip = FlvFile.read(clips.get(new Clips.Spec(10, 160, 90, 25, 25, 0, 100, true, false)));
        try (Red5Server server = Red5Server.in(folder)
                        .httpProtocol(protocol)
                        .conf(CONF)
                        .jvmArgument("-Xmx256m")
                        .jvmArgument("-XX:+UseSerialGC")
                        .start();
                RtmpPublisher silent = server.publish("live", "silent");
                HonestClients honest = HonestClients.start(server, server, clip)) {
            DvrClient dvr = new DvrClient(server);
            String playlist = "live/honest0/index.m3u8";
            String segment = "/dvr/live/honest0/" + dvr.entries(playlist).get(0).uri();
            connect(server, IDLE, "GET /dvr/streams.json HTTP/1.1\r\nHost: x\r\n\r\n");
            honest.areFineFor("idle connections", EACH);
            connect(server, SLOW, "POST /dvr/live/honest0/locks HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nx");
            honest.areFineFor("slow bodies", EACH);
            connect(server, SLOW, ("GET " + segment + " HTTP/1.1\r\nHost: x\r\n\r\n").repeat(100));
            honest.areFineFor("slow readers", EACH);
            inventNames(server);
            honest.areFineFor("invented names", EACH);
            breakRtmp(server);
            honest.areFineFor("all of them", ALL);
            closeAll();
            long half = MadeUpInput.CASES / 2;
            MadeUpInput.send(server, protocol.ordinal() * half, (protocol.ordinal() + 1) * half);
            for (int i = 0; i < LATE; i++) {
                try (RtmpPublisher late = server.publish("live", "late" + i)) {
                    late.unpublish();
                }
            }
            honest.areFineFor("afterwards", EACH);
            assertTrue(dvr.text("health").contains("live/silent"), dvr.text("health"));
            silent.unpublish();
            honest.endWithoutLoss();
            Eventually.holds(
                    "the silent one has ended", LIMIT, () -> !dvr.text("health").contains("live/silent"));
            honest.leaveNothingBehind();
            assertFalse(server.log().contains("OutOfMemoryError"));
            assertFalse(server.log().contains("StackOverflowError"));
        } finally {
            closeAll();
        }
    }

    private void closeAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void connect(Red5Server server, int count, String request) throws IOException {
        for (int i = 0; i < count; i++) {
            Socket socket = new Socket();
            sockets.add(socket);
            socket.setReceiveBufferSize(4_096);
            socket.connect(new InetSocketAddress("127.0.0.1", server.httpPort()), 5_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
        }
    }

    /** As long as a head may be, and as an archive can hold them. */
    private static void inventNames(Red5Server server) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            Thread reader = new Thread(() -> readAll(socket), "answers");
            reader.setDaemon(true);
            reader.start();
            for (int i = 0; i < NAMES; i++) {
                String name = "x".repeat(i % 2 == 0 ? 240 : 6_000) + i;
                String head = "GET /dvr/live/" + name + "/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n";
                socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            }
        }
    }

    private static void readAll(Socket socket) {
        try {
            socket.getInputStream().skip(Long.MAX_VALUE);
        } catch (IOException e) {
            return; // It was closed.
        }
    }

    private void breakRtmp(Red5Server server) throws IOException {
        for (int i = 0; i < BREAKERS; i++) {
            RtmpClient client = RtmpClient.open("127.0.0.1", server.rtmpPort(), LIMIT);
            sockets.add(client.socket());
            try {
                client.socket().getOutputStream().write(MadeUpRtmp.of(new Random(i)));
            } catch (IOException e) {
                assertTrue(client.socket().isConnected(), "it was taken, and is closed by the server: " + e);
            }
        }
    }
}
