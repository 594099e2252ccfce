package org.red5.dvr.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An edge whose first source trickles and whose second one stands still, and an origin with a disk that hangs; many viewers ask for what
 * is there. Others watch what comes from the third source, on another disk, as if nothing were wrong. What the first source was
 * sent is of no use elsewhere.
 */
@EnabledIfSystemProperty(named = "harm.cases", matches = "\\d+")
@SideBySide
class HarmfulSourcesIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration EACH = Duration.ofSeconds(4);
    private static final Duration ALL = Duration.ofSeconds(10);
    private static final int VIEWERS = 260;
    private static final List<String> STREAMS = List.of("honest0", "honest1", "honest2", "honest3", "nobody");
    private static final String KEY = "cluster_key abcd;\n";

    private final List<Socket> sockets = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(HttpProtocol.class)
    void othersDoNotNotice(HttpProtocol protocol) throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "sources");
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        FlvFile clip = FlvFile.read(clips.get(new Clips.Spec(10, 160, 90, 25, 25, 0, 100, true, false)));
        try (TricklingPeer trickling = new TricklingPeer(STREAMS);
                Red5Server origin = server(
                        folder.resolve("o"),
                        protocol,
                        "node o;\nstream * { dvr archive 2d; }\nstream live/hung { dvr hung 2d; }\n");
                Red5Server frozen = server(folder.resolve("f"), protocol, "node f;\nstream * { dvr archive 2d; }\n");
                Red5Server edge = server(
                        folder.resolve("e"),
                        protocol,
                        "node e;\nsource %s;\nsource 127.0.0.1:%d;\nsource 127.0.0.1:%d;\n"
                                .formatted(trickling.address(), frozen.httpPort(), origin.httpPort()))) {
            String hung = recordAndHang(origin, clip, folder.resolve("o/hung"));
            try (HonestClients honest = HonestClients.start(origin, edge, clip)) {
                ask(edge, "/dvr/live/nobody/index.m3u8");
                honest.areFineFor("a source that trickles", EACH);
                signal(frozen, "STOP");
                ask(edge, "/dvr/live/nobody/archive-1000-1000.m3u8");
                honest.areFineFor("a source that stands still", EACH);
                ask(edge, hung);
                ask(origin, hung);
                honest.areFineFor("a disk that hangs", ALL);
                assertEquals(200, new DvrClient(origin).get("health").statusCode());
                signal(frozen, "CONT");
                closeAll();
                honest.areFineFor("afterwards", EACH);
                honest.endWithoutLoss();
                honest.leaveNothingBehind();
            }
            assertOfNoUse(trickling.signedForIt(), origin);
            assertFalse(edge.log().contains("OutOfMemoryError"));
        } finally {
            closeAll();
        }
    }

    private static Red5Server server(Path folder, HttpProtocol protocol, String conf) throws Exception {
        return Red5Server.in(folder)
                .httpProtocol(protocol)
                .conf(KEY + conf)
                .jvmArgument("-Xmx256m")
                .jvmArgument("-XX:+UseSerialGC")
                .start();
    }

    /** Records a stream, and puts a pipe in place of its media: who opens it waits for somebody who writes. Gives a segment's path. */
    private static String recordAndHang(Red5Server origin, FlvFile clip, Path root) throws Exception {
        try (RtmpPublisher publisher = origin.publish("live", "hung")) {
            publisher.sendPaced(clip, 0);
            publisher.unpublish();
        }
        DvrClient dvr = new DvrClient(origin);
        Eventually.holds("the recording", LIMIT, () -> dvr.recordedSeconds("live/hung") > 9);
        String segment = dvr.entries(dvr.recorded("live/hung", System.currentTimeMillis() / 1_000 - 60))
                .get(0)
                .uri();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".mp4")).toList()) {
                Files.delete(file);
                run("mkfifo", file.toString());
            }
        }
        return "/dvr/live/hung/" + segment;
    }

    /** Sends a signal to a server's process. */
    static void signal(Red5Server server, String signal) throws IOException, InterruptedException {
        run("sh", "-c", "kill -" + signal + " " + server.pid());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        try (RunningProcess process = RunningProcess.start(new ProcessBuilder(command))) {
            process.await(LIMIT).requireSuccess();
        }
    }

    private void ask(Red5Server server, String path) throws IOException {
        for (int i = 0; i < VIEWERS; i++) {
            Socket socket = new Socket();
            sockets.add(socket);
            socket.connect(new InetSocketAddress("127.0.0.1", server.httpPort()), 5_000);
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(ISO_8859_1));
        }
    }

    private void closeAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** The last of them are not half a minute old. */
    private static void assertOfNoUse(List<String> captured, Red5Server other) throws IOException {
        assertTrue(captured.size() > 10);
        for (String head : captured.subList(captured.size() - 5, captured.size())) {
            try (Socket socket = new Socket("127.0.0.1", other.httpPort())) {
                socket.setSoTimeout((int) LIMIT.toMillis());
                socket.getOutputStream().write(head.getBytes(ISO_8859_1));
                String answer = new String(socket.getInputStream().readNBytes(12), ISO_8859_1);
                assertEquals("HTTP/1.1 401", answer, head);
            }
        }
    }
}
