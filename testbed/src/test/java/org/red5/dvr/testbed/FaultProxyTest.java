package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The broken network that the cluster's tests rely on breaks as it says, and mends. */
class FaultProxyTest {
    private static final Duration PATIENCE = Duration.ofMillis(700);

    private final byte[] body = new byte[300_000];
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private FaultProxy proxy;
    private HttpClient client;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(body);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            boolean chunked = exchange.getRequestURI().getPath().contains("chunked");
            exchange.sendResponseHeaders(200, chunked ? 0 : body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
        proxy = new FaultProxy(server.getAddress().getPort());
        client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void notesEveryRequestOfAConnection() throws Exception {
        for (String path : List.of("segment/live/a/1", "chunked", "status?tag=3", "segment/live/a/2")) {
            assertArrayEquals(body, get(path));
        }
        assertEquals(
                List.of("segment", "chunked", "segment"),
                proxy.questions().stream().map(PeerQuestion::kind).toList());
        proxy.forget();
        assertEquals(List.of(), proxy.questions());
    }

    @Test
    void refuses() throws Exception {
        get("hours");
        proxy.set(FaultProxy.Fault.REFUSED);
        assertThrows(ConnectException.class, () -> get("hours"));
        proxy.heal();
        assertArrayEquals(body, get("hours"));
    }

    @Test
    void isSilentAndGoesOn() throws Exception {
        get("hours");
        proxy.set(FaultProxy.Fault.SILENT);
        assertThrows(HttpTimeoutException.class, () -> get("hours"));
        CompletableFuture<byte[]> waiting = CompletableFuture.supplyAsync(() -> patiently("index"), threads);
        assertThrows(HttpTimeoutException.class, () -> get("hours"));
        proxy.heal();
        assertArrayEquals(body, waiting.get(5, TimeUnit.SECONDS));
    }

    @Test
    void dropsPackets() throws Exception {
        get("hours");
        proxy.set(FaultProxy.Fault.DROPPED);
        assertThrows(HttpTimeoutException.class, () -> get("hours"));
        client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
        assertThrows(HttpConnectTimeoutException.class, () -> get("hours"));
        proxy.heal();
        assertArrayEquals(body, get("hours"));
    }

    @Test
    void cutsInTheMiddle() throws Exception {
        proxy.set(FaultProxy.Fault.CUT);
        for (String path : List.of("hours", "chunked")) {
            assertThrows(IOException.class, () -> get(path));
        }
        proxy.heal();
        assertArrayEquals(body, get("chunked"));
    }

    @Test
    void narrowsTheLine() throws Exception {
        proxy.narrow(4 * body.length);
        long begin = System.nanoTime();
        assertArrayEquals(body, patiently("segment/live/a/1"));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(millis >= 200, () -> "a quarter of a second's bytes in " + millis + " ms");
        proxy.heal();
        assertArrayEquals(body, get("hours"));
    }

    @Test
    void putsAWrongByteIntoWhatHasACheckSum() throws Exception {
        proxy.set(FaultProxy.Fault.WRONG_BYTES);
        assertArrayEquals(body, get("hours"));
        byte[] wrong = get("segment/live/a/1");
        assertEquals(body[150_000] ^ 0x55, wrong[150_000]);
        wrong[150_000] = body[150_000];
        assertArrayEquals(body, wrong);
    }

    private byte[] patiently(String path) {
        try {
            return send(path, Duration.ofSeconds(10));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] get(String path) throws IOException, InterruptedException {
        return send(path, PATIENCE);
    }

    private byte[] send(String path, Duration patience) throws IOException, InterruptedException {
        URI address = URI.create("http://" + proxy.address() + "/dvr/peer/v2/" + path);
        HttpRequest request = HttpRequest.newBuilder(address).timeout(patience).build();
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
    }
}
