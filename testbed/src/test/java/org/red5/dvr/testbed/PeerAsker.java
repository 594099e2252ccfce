package org.red5.dvr.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Asks a server as a peer does, by the words of {@code docs/peer-interface.md} alone: through a socket, with a signature made
 * here.
 *
 * @param port the server's HTTP port
 * @param key the cluster's key
 * @param node the asker's name
 */
record PeerAsker(int port, String key, String node) {
    private static final List<String> SIGNED = List.of("Range", "CDN-Loop", "DVR-Asked", "DVR-Hops", "DVR-Wait");
    private static final String CHALLENGE = "DVR2 to=";
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * A request.
     *
     * @param path below the web application
     * @param query empty when there is none
     * @param headers all but {@code Authorization}
     */
    record Request(String method, String path, String query, Map<String, String> headers) {
        static Request get(String path, String query) {
            return new Request("GET", path, query, Map.of());
        }

        Request with(String name, String value) {
            Map<String, String> more = new TreeMap<>(headers);
            more.put(name, value);
            return new Request(method, path, query, more);
        }
    }

    /** A reply; names of headers in any case. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Answer(int status, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, UTF_8);
        }
    }

    /** The value of {@code Authorization} for a request, sent at an instant to the server as it runs now. */
    String signature(Request request, long utcMillis) {
        return signature(request, utcMillis, recipient());
    }

    /** The identity of the server, which tells it to who has the key; empty when it does not. */
    private String recipient() {
        Request status = Request.get("/peer/v2/status", "");
        try {
            Answer challenge = send(status, signature(status, System.currentTimeMillis(), ""));
            String told = challenge.headers().getOrDefault("WWW-Authenticate", "");
            return told.startsWith(CHALLENGE) ? told.substring(CHALLENGE.length()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As a server of version 1 signs a request to one that it does not know yet. */
    String signatureOfVersionOne(Request request, long utcMillis) {
        return signature("DVR1", request, utcMillis, ".");
    }

    /** @param to the recipient's identity, empty to be told it */
    private String signature(Request request, long utcMillis, String to) {
        return signature("DVR2", request, utcMillis, to);
    }

    private String signature(String scheme, Request request, long utcMillis, String to) {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        StringBuilder text = new StringBuilder(
                scheme + '\n' + request.method() + '\n' + request.path() + '\n' + request.query() + '\n');
        SIGNED.forEach(
                name -> text.append(request.headers().getOrDefault(name, "")).append('\n'));
        text.append(node).append('\n');
        text.append(to.isEmpty() ? "" : to + '\n')
                .append(utcMillis)
                .append('\n')
                .append(nonce)
                .append('\n');
        return scheme + " node=" + node + (to.isEmpty() ? "" : ", to=" + to) + ", time=" + utcMillis + ", nonce="
                + nonce + ", mac=" + mac(text.toString());
    }

    private String mac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a request that is signed now. */
    Answer ask(Request request) throws IOException {
        return send(request, signature(request, System.currentTimeMillis()));
    }

    /**
     * Sends a request with any signature.
     *
     * @param signature empty for none
     */
    Answer send(Request request, String signature) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(head(request, signature).getBytes(ISO_8859_1));
            return read(new DataInputStream(socket.getInputStream()));
        }
    }

    private static String head(Request request, String signature) {
        String query = request.query().isEmpty() ? "" : '?' + request.query();
        StringBuilder head = new StringBuilder(
                request.method() + " /dvr" + request.path() + query + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        request.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        return head + (signature.isEmpty() ? "" : "Authorization: " + signature + "\r\n") + "\r\n";
    }

    private static Answer read(DataInputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(in.readUnsignedByte());
        }
        List<String> lines = head.toString(ISO_8859_1).lines().toList();
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        lines.stream()
                .filter(line -> line.contains(": "))
                .forEach(line -> headers.put(line.split(": ", 2)[0], line.split(": ", 2)[1]));
        String length = headers.get("Content-Length");
        byte[] body = length == null ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length));
        return new Answer(Integer.parseInt(lines.get(0).split(" ", 3)[1]), headers, body);
    }
}
