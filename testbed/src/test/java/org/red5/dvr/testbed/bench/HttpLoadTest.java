package org.red5.dvr.testbed.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpLoadTest {
    private static final int BODY_BYTES = 100_000;

    private final AtomicInteger served = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/there/", exchange -> {
            served.incrementAndGet();
            exchange.sendResponseHeaders(200, BODY_BYTES);
            exchange.getResponseBody().write(new byte[BODY_BYTES]);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void countsWhatIsServed() throws IOException {
        try (HttpLoad load = load("/there/1", "/there/2")) {
            HttpLoad.Result result = load.run(0.5);
            assertTrue(result.answers() > 0);
            assertTrue(served.get() - result.answers() <= 4, served + " served, " + result.answers() + " counted");
            assertTrue(result.bytes() >= result.answers() * BODY_BYTES);
            assertEquals(0.5, result.seconds(), 0.4);
        }
    }

    @Test
    void takesNothingElseForAnAnswer() throws IOException {
        try (HttpLoad load = load("/missing")) {
            String message = assertThrows(IOException.class, () -> load.run(5)).getMessage();
            assertTrue(message.startsWith("answered with HTTP/1.1 404"), message);
        }
    }

    private HttpLoad load(String... paths) throws IOException {
        return new HttpLoad(server.getAddress().getPort(), 4, List.of(paths));
    }
}
