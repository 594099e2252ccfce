package org.red5.dvr.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A small server in full dress, and many clients that stand idle, send nothing and read nothing: viewers are served all the time. */
@SideBySide
class HarmfulClientsIT {
    private static final Duration STALL = Duration.ofSeconds(2);
    private static final int IDLE = 1_500;
    private static final int SLOW = 260;
    private static final String CONF = """
            node origin;
            stream * { dvr archive 2d; }
            stream live/clock { dvr archive 2d; input fake://fake; }
            """;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Socket> sockets = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(HttpProtocol.class)
    void viewersAreServedAllTheTime(HttpProtocol protocol) throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "harm");
        try (Red5Server server = Red5Server.in(folder)
                .httpProtocol(protocol)
                .conf(CONF)
                .jvmArgument("-Xmx256m")
                .jvmArgument("-XX:+UseSerialGC")
                .start()) {
            DvrClient dvr = new DvrClient(server);
            Eventually.holds(
                    "a segment",
                    Duration.ofSeconds(60),
                    () -> dvr.get("live/clock/index.m3u8").statusCode() == 200);
            String segment = "/dvr/live/clock/"
                    + dvr.entries("live/clock/index.m3u8").get(0).uri();
            connect(server, IDLE, "GET /dvr/streams.json HTTP/1.1\r\nHost: x\r\n\r\n");
            assertServes(server);
            connect(server, SLOW, "POST /dvr/live/clock/locks HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nx");
            assertServes(server);
            connect(server, SLOW, ("GET " + segment + " HTTP/1.1\r\nHost: x\r\n\r\n").repeat(100));
            assertServes(server);
            for (Socket socket : sockets) {
                socket.close();
            }
            assertServes(server);
            assertFalse(server.log().contains("OutOfMemoryError"));
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
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

    private void assertServes(Red5Server server) throws Exception {
        for (int i = 0; i < 5; i++) {
            for (String path :
                    List.of("health", "streams.json", "live/clock/index.m3u8", "live/nobody/index.m3u8", "metrics")) {
                HttpRequest request = HttpRequest.newBuilder(server.http("/dvr/" + path))
                        .timeout(STALL)
                        .build();
                int status = http.send(request, BodyHandlers.discarding()).statusCode();
                assertEquals(path.contains("nobody") ? 404 : 200, status, path);
            }
        }
        assertTrue(server.isAlive());
    }
}
