package org.red5.dvr.testbed.bench;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keep-alive HTTP clients in one thread, each asking again as soon as it has its answer; bodies are read and dropped. */
final class HttpLoad implements Closeable {
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)");
    private static final int BUFFER_BYTES = 512 << 10;
    private static final int HEAD_BYTES = 8 << 10;
    /** An answer that is not going on for so long never will. */
    private static final int STALL_MILLIS = 10_000;

    private final Selector selector = Selector.open();
    private final List<Client> clients = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final List<byte[]> requests;
    private int nextRequest;
    private long answers;
    private long bytes;
    /** Whether a client that has its answer asks again. */
    private boolean isRepeated = true;

    /** When answers were whole. */
    private final List<Long> endNanos = new ArrayList<>();

    /**
     * Connects.
     *
     * @param paths asked for one after the other, by all clients together
     */
    HttpLoad(int port, int connections, List<String> paths) throws IOException {
        requests = paths.stream()
                .map(path -> ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1))
                .toList();
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Client client = new Client(channel);
            channel.register(selector, SelectionKey.OP_READ, client);
            clients.add(client);
        }
    }

    /**
     * What was answered.
     *
     * @param ownCpuSeconds what asking and reading cost: near {@code seconds}, it was this client that held the server up
     */
    record Result(long answers, long bytes, double seconds, double ownCpuSeconds) {
        double perSecond() {
            return answers / seconds;
        }

        double gigabytes() {
            return bytes / 1e9;
        }
    }

    /** Asks for so long; once per load. Any answer but 200 is an error. */
    Result run(double seconds) throws IOException {
        long startCpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        for (Client client : clients) {
            client.ask();
        }
        while (System.nanoTime() < end) {
            read();
        }
        double took = (System.nanoTime() - start) / 1e9;
        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - startCpu;
        return new Result(answers, bytes, took, cpu / 1e9);
    }

    /** All clients ask once, at once; gives after how many milliseconds each answer was whole, in order. Once per load, in place of {@link #run}. */
    double[] once() throws IOException {
        isRepeated = false;
        long start = System.nanoTime();
        for (Client client : clients) {
            client.ask();
        }
        while (endNanos.size() < clients.size()) {
            read();
        }
        return endNanos.stream().mapToDouble(end -> (end - start) / 1e6).toArray();
    }

    private void read() throws IOException {
        if (selector.select(STALL_MILLIS) == 0) {
            throw new IOException("no answer for " + STALL_MILLIS + " ms");
        }
        for (SelectionKey key : selector.selectedKeys()) {
            ((Client) key.attachment()).read();
        }
        selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
    }

    /** One connection: reads a head, then as many bytes as that says. */
    private final class Client {
        private final SocketChannel channel;
        private final ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        /** Of the body, still to come; negative while the head is. */
        private long bodyBytes = -1;

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        void ask() throws IOException {
            ByteBuffer request = ByteBuffer.wrap(requests.get(nextRequest++ % requests.size()));
            while (request.hasRemaining()) {
                channel.write(request);
            }
        }

        void read() throws IOException {
            buffer.clear();
            int count = channel.read(buffer);
            if (count < 0) {
                throw new EOFException("the server closed a connection");
            }
            bytes += count;
            buffer.flip();
            if (bodyBytes < 0) {
                readHead();
            }
            if (bodyBytes >= 0) {
                bodyBytes -= buffer.remaining();
                if (bodyBytes < 0) {
                    throw new IOException("more bytes came than Content-Length says");
                }
                if (bodyBytes == 0) {
                    answers++;
                    bodyBytes = -1;
                    if (isRepeated) {
                        ask();
                    } else {
                        endNanos.add(System.nanoTime());
                    }
                }
            }
        }

        private void readHead() throws IOException {
            int from = head.position();
            int taken = Math.min(buffer.remaining(), head.remaining());
            head.put(from, buffer, buffer.position(), taken).position(from + taken);
            String text = new String(head.array(), 0, head.position(), StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) {
                buffer.position(buffer.limit());
                return;
            }
            buffer.position(buffer.position() + end + 4 - from);
            head.clear();
            Matcher length = LENGTH.matcher(text.substring(0, end).toLowerCase(Locale.ROOT));
            if (!text.startsWith("HTTP/1.1 200") || !length.find()) {
                throw new IOException("answered with " + text.substring(0, end));
            }
            bodyBytes = Long.parseLong(length.group(1));
        }
    }
}
