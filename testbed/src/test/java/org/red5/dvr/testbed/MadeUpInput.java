package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends a server whatever comes to mind, behind the handshake of RTMP and as HTTP, by many connections one after the other. Each case
 * has a seed of its own; {@code -Dharm.cases=10000} sends so many in a build, {@code -Dharm.seed} others.
 */
final class MadeUpInput {
    /** Of all servers together. */
    static final int CASES = Integer.getInteger("harm.cases", 400);

    private static final long SEED = Long.getLong("harm.seed", 20_261_129);
    private static final int AT_ONCE = 8;
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final int ANSWER_MILLIS = 100;

    private final Red5Server server;
    private final long last;
    private final AtomicLong next;

    private MadeUpInput(Red5Server server, long first, long last) {
        this.server = server;
        this.last = last;
        this.next = new AtomicLong(first);
    }

    /** Sends the cases from one on and before another; fails when a connection is not taken. */
    static void send(Red5Server server, long first, long last) throws Exception {
        new MadeUpInput(server, first, last).sendAll();
    }

    private void sendAll() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        List<Future<?>> runs = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            runs.add(threads.submit(() -> {
                for (long number = next.getAndIncrement(); number < last; number = next.getAndIncrement()) {
                    send(new Random(SEED * 1_000_003 + number));
                }
                return null;
            }));
        }
        threads.shutdown();
        for (Future<?> run : runs) {
            run.get();
        }
        assertEquals(AT_ONCE + last, next.get());
    }

    private void send(Random random) throws IOException {
        try {
            if (random.nextInt(3) == 0) {
                sendHttp(random);
            } else {
                sendRtmp(random);
            }
        } catch (RtmpRefusedException | SocketTimeoutException e) {
            throw new IOException("a new connection is not taken", e);
        }
    }

    private void sendRtmp(Random random) throws IOException {
        try (RtmpClient client = RtmpClient.open("127.0.0.1", server.rtmpPort(), CONNECT)) {
            if (random.nextInt(3) > 0) {
                client.connect("live");
                if (random.nextBoolean()) {
                    client.publish(client.createStream(), "made-up" + random.nextInt(1_000_000));
                }
            }
            sendAndLookAway(client.socket(), MadeUpRtmp.of(random));
        }
    }

    private void sendHttp(Random random) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", server.httpPort()), (int) CONNECT.toMillis());
            sendAndLookAway(socket, MadeUpHttp.of(random));
        }
    }

    /** Waits a little for whatever is answered: the server may have closed the connection, as it is free to. */
    private static void sendAndLookAway(Socket socket, byte[] bytes) {
        try {
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            byte[] answer = new byte[1 << 16];
            int read = socket.getInputStream().read(answer);
            if (read < 0) {
                return;
            }
        } catch (IOException e) {
            return;
        }
    }
}
