package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One connection through a {@link FaultProxy}: two threads that copy, one each way; when one ends, both sides are closed. */
final class ProxiedConnection {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int UNKNOWN_LENGTH_MIDDLE = 300;
    private static final int LF = 10;
    /** So many pieces come a second on a narrow line. */
    private static final int NARROW_PIECES = 50;

    /** Copies one way. */
    private interface Way {
        void copy() throws IOException, InterruptedException;
    }

    private final FaultProxy proxy;
    private final Socket client;
    private final Socket server;
    private final Queue<PeerQuestion> unanswered = new ConcurrentLinkedQueue<>();

    /** Connects to the server behind the proxy; where nobody is, the client is reset. */
    ProxiedConnection(FaultProxy proxy, Socket client) throws IOException {
        this.proxy = proxy;
        this.client = client;
        try {
            this.server = new Socket(InetAddress.getLoopbackAddress(), proxy.backendPort());
        } catch (IOException e) {
            reset(client);
            throw e;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
    }

    void start() {
        run("requests", this::copyRequests);
        run("answers", this::copyAnswers);
    }

    /** Ends the connection as a port that refuses does. */
    void reset() {
        reset(client);
        reset(server);
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (SocketException e) {
            // It has just been closed by its own threads.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException("closing a connection", e);
        }
    }

    private void run(String name, Way way) {
        Thread thread = new Thread(() -> runToTheEnd(way), "proxy " + proxy.port() + " " + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void runToTheEnd(Way way) {
        try (client;
                server) {
            way.copy();
        } catch (IOException e) {
            // One of the two is gone, and the other is told so by the closing.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            proxy.ended(this);
        }
    }

    private void copyRequests() throws IOException, InterruptedException {
        InputStream in = client.getInputStream();
        OutputStream out = server.getOutputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            hold();
            for (int i = 0; i < length; i++) {
                head.write(buffer[i]);
                if (buffer[i] == LF) {
                    onRequestLine(head);
                }
            }
            out.write(buffer, 0, length);
        }
    }

    /** Peers send requests without bodies: what ends in an empty line is a request. */
    private void onRequestLine(ByteArrayOutputStream head) {
        String text = head.toString(StandardCharsets.ISO_8859_1);
        if (text.endsWith("\r\n\r\n")) {
            PeerQuestion question = new PeerQuestion(text.split(" ", 3)[1], System.nanoTime());
            unanswered.add(question);
            proxy.note(question);
            head.reset();
        }
    }

    private void copyAnswers() throws IOException, InterruptedException {
        InputStream in = server.getInputStream();
        OutputStream out = client.getOutputStream();
        HttpAnswers answers = new HttpAnswers(new Damage());
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int length = in.read(buffer, 0, width()); length >= 0; length = in.read(buffer, 0, width())) {
            hold();
            holdBack(length);
            int passed = answers.pass(buffer, length);
            out.write(buffer, 0, passed);
            if (passed < length) {
                return;
            }
        }
    }

    /** How much passes at once. */
    private int width() {
        return proxy.fault() == FaultProxy.Fault.NARROW
                ? Math.min(BUFFER_BYTES, Math.max(1, proxy.bytesPerSecond() / NARROW_PIECES))
                : BUFFER_BYTES;
    }

    /** Bytes take their time on a narrow line, those that were read before it was narrow too. */
    private void holdBack(int length) {
        if (proxy.fault() == FaultProxy.Fault.NARROW) {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(length) / proxy.bytesPerSecond());
        }
    }

    /** What was on its way when the network broke does not arrive either. */
    private void hold() throws InterruptedException {
        if (proxy.fault() == FaultProxy.Fault.SLOW) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(proxy.delayMillis()));
        }
        proxy.awaitPassage();
    }

    /** Cuts or changes bodies in their middle. */
    private final class Damage implements HttpAnswers.Body {
        private boolean isProtected;
        private boolean isEndless;
        private long middle;
        private long position;

        @Override
        public void begin(int status, OptionalLong lengthBytes) {
            PeerQuestion question = unanswered.poll();
            isProtected = question != null && question.isProtected() && status == 200;
            isEndless = lengthBytes.isEmpty();
            middle = lengthBytes.isPresent() ? lengthBytes.getAsLong() / 2 : UNKNOWN_LENGTH_MIDDLE;
            position = 0;
        }

        @Override
        public int piece(byte[] bytes, int offset, int length) {
            long at = middle - position;
            position += length;
            boolean isMiddle = at >= 0 && at < length;
            if (proxy.fault() == FaultProxy.Fault.CUT && (isMiddle || isEndless && at < 0)) {
                return (int) Math.max(at, 0);
            }
            if (isMiddle && proxy.fault() == FaultProxy.Fault.WRONG_BYTES && isProtected) {
                bytes[offset + (int) at] ^= 0x55;
            }
            return length;
        }
    }
}
