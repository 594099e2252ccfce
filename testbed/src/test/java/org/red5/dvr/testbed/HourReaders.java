package org.red5.dvr.testbed;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Readers that ask for the same files over HTTP again and again. An answer that begins with 200 has to be whole and to
 * hold the right bytes; what may be deleted meanwhile may be answered 404.
 */
final class HourReaders implements Closeable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** 200 KB/s: less, and Tomcat takes a client for dead when a full send buffer lets it wait for 20 s. */
    private static final int TRICKLE_BYTES = 4_096;

    private static final long TRICKLE_NANOS = 20_000_000;

    private final HttpClient http = HttpClient.newHttpClient();
    private static final int MOST_FAILURES = 20;

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger whole = new AtomicInteger();
    private final AtomicInteger missing = new AtomicInteger();
    private volatile boolean closed;

    /**
     * Begins to read files again and again.
     *
     * @param kept files that must be there always, with what they hold
     * @param going files that may be gone
     * @param playlists multivariant playlists of finite windows; they may be gone
     */
    void start(Map<URI, byte[]> kept, Map<URI, byte[]> going, List<URI> playlists) {
        Thread thread = new Thread(
                () -> {
                    while (!closed) {
                        kept.forEach((file, bytes) -> read(file, bytes, false));
                        going.forEach((file, bytes) -> read(file, bytes, true));
                        playlists.forEach(this::readPlaylist);
                    }
                },
                "reader");
        thread.setDaemon(true);
        thread.start();
    }

    private void read(URI file, byte[] expected, boolean mayBeGone) {
        try {
            HttpResponse<byte[]> response = get(file);
            if (response.statusCode() == 404 && mayBeGone) {
                missing.incrementAndGet();
            } else if (response.statusCode() != 200 || !Arrays.equals(expected, response.body())) {
                failures.add(file + ": " + response.statusCode() + " with " + response.body().length + " bytes of "
                        + expected.length);
            } else {
                whole.incrementAndGet();
            }
        } catch (IOException e) {
            failures.add(file + ": " + e);
        }
    }

    private void readPlaylist(URI multivariant) {
        try {
            HttpResponse<byte[]> response = get(multivariant);
            if (response.statusCode() == 200) {
                String media = new String(response.body(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .findFirst()
                        .orElse("");
                HttpResponse<byte[]> list = get(multivariant.resolve(media));
                String text = new String(list.body(), StandardCharsets.UTF_8);
                if (list.statusCode() != 404 && !(list.statusCode() == 200 && text.endsWith("#EXT-X-ENDLIST\n"))) {
                    failures.add(multivariant + ": " + list.statusCode() + ' ' + text);
                }
                whole.incrementAndGet();
            } else if (response.statusCode() != 404) {
                failures.add(multivariant + ": " + response.statusCode());
            }
        } catch (IOException e) {
            failures.add(multivariant + ": " + e);
        }
    }

    private HttpResponse<byte[]> get(URI address) throws IOException {
        try {
            return http.send(HttpRequest.newBuilder(address).timeout(LIMIT).build(), BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Reads a file little by little until something has happened, and then the rest of it. */
    Thread startSlow(URI file, byte[] expected, BooleanSupplier happened) {
        Thread thread = new Thread(() -> readSlowly(file, expected, happened), "slow reader");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void readSlowly(URI file, byte[] expected, BooleanSupplier happened) {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4 * TRICKLE_BYTES);
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.connect(new InetSocketAddress(file.getHost(), file.getPort()));
            String request = "GET " + file.getRawPath() + " HTTP/1.1\r\nHost: " + file.getAuthority()
                    + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = new BufferedInputStream(socket.getInputStream(), TRICKLE_BYTES);
            String status = head(in);
            byte[] body = new byte[expected.length];
            int count = 0;
            while (count < body.length) {
                boolean slow = !happened.getAsBoolean();
                int length = in.read(body, count, Math.min(TRICKLE_BYTES, body.length - count));
                if (length < 0) {
                    break;
                }
                count += length;
                if (slow) {
                    LockSupport.parkNanos(TRICKLE_NANOS);
                }
            }
            if (!status.contains(" 200") || !Arrays.equals(expected, body)) {
                failures.add("slowly: " + file + ": " + status + ", " + count + " bytes of " + expected.length);
            } else if (!happened.getAsBoolean()) {
                failures.add("slowly: " + file + ": read before what was to happen");
            }
        } catch (IOException e) {
            failures.add("slowly: " + file + ": " + e);
        }
    }

    /** The status line; the fields behind it are passed over. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no answer: " + head);
            }
            head.append((char) next);
        }
        return head.substring(0, head.indexOf("\r\n"));
    }

    /** What was wrong with answers so far, the first of it. */
    List<String> failures() {
        return failures.stream().limit(MOST_FAILURES).toList();
    }

    /** Answers that were whole. */
    int whole() {
        return whole.get();
    }

    /** Files that were gone. */
    int missing() {
        return missing.get();
    }

    @Override
    public void close() {
        closed = true;
    }
}
