package org.red5.dvr.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A server that says at once how it is, and that every stream is live there, and answers everything else with a byte a second. It keeps
 * the heads of all requests. Any thread may call.
 */
final class TricklingPeer implements AutoCloseable {
    static final String INSTANCE = "trickles";

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServerSocket listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final String streams;

    /** @param streams of the application {@code live} */
    TricklingPeer(List<String> streams) throws IOException {
        this.streams = streams.stream()
                .map(name -> "{\"app\":\"live\",\"name\":\"" + name + "\",\"live\":true,\"path\":[\"t\"]}")
                .collect(Collectors.joining(",", "[", "]"));
        daemon(this::acceptAll, "trickling peer").start();
    }

    /** As a {@code source} names it. */
    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** The heads of requests that were signed for it. */
    List<String> signedForIt() {
        return heads.stream().filter(head -> head.contains("to=" + INSTANCE)).toList();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                daemon(() -> answerAll(socket), "trickle").start();
            } catch (IOException e) {
                return; // It was closed.
            }
        }
    }

    private void answerAll(Socket socket) {
        try (socket) {
            while (true) {
                String head = head(socket);
                heads.add(head);
                if (!head.contains("to=" + INSTANCE)) {
                    write(
                            socket,
                            "HTTP/1.1 401 Who?\r\nWWW-Authenticate: DVR2 to=" + INSTANCE
                                    + "\r\nContent-Length: 0\r\n\r\n");
                } else if (head.startsWith("GET /dvr/peer/v2/status")) {
                    String status = status();
                    write(
                            socket,
                            "HTTP/1.1 200 OK\r\nDVR-Node: t\r\nContent-Length: " + status.length() + "\r\n\r\n"
                                    + status);
                } else {
                    trickle(socket);
                }
            }
        } catch (IOException e) {
            return; // Whoever asked has given up.
        }
    }

    private String status() {
        long now = System.currentTimeMillis();
        return "{\"node\":\"t\",\"instance\":\"" + INSTANCE + "\",\"utc\":" + now + ",\"started\":" + now
                + ",\"grid\":4000,\"changed\":{\"t\":{\"hours\":1}},\"sources\":[],\"tag\":\"t\",\"streams\":" + streams
                + '}';
    }

    private static void trickle(Socket socket) throws IOException {
        write(socket, "HTTP/1.1 200 OK\r\nDVR-Node: t\r\nContent-Length: 100000\r\n\r\n");
        while (true) {
            LockSupport.parkNanos(SECOND_NANOS);
            write(socket, " ");
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    private static String head(Socket socket) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("no more requests");
            }
            head.write(next);
        }
        return head.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
