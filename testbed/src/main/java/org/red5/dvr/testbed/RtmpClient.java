package org.red5.dvr.testbed;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One RTMP connection from the client's side, commands and answers in turn; for one thread, and another one for {@link #receive}. */
final class RtmpClient implements Closeable {
    static final int CHUNK_BYTES = 4096;

    private static final int VERSION = 3;
    private static final int HANDSHAKE_BYTES = 1536;
    /** As players send it and Red5 reads it: what is live, in milliseconds instead of the specification's seconds. */
    private static final int LIVE_START_MILLIS = -1000;

    private static final int LIVE_OR_RECORDED_START_MILLIS = -2000;

    private static final int PING_REQUEST = 6;
    private static final int PING_RESPONSE = 7;

    private final Socket socket;
    private final String address;
    private final RtmpChunks.Reader reader;
    private final OutputStream out;
    private int transaction;

    private RtmpClient(Socket socket, String address) throws IOException {
        this.socket = socket;
        this.address = address;
        this.out = socket.getOutputStream();
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        this.reader = new RtmpChunks.Reader(in);
        shakeHands(in);
        byte[] size = ByteBuffer.allocate(4).putInt(CHUNK_BYTES).array();
        write(new RtmpMessage(RtmpMessage.SET_CHUNK_SIZE, 0, 0, size), RtmpChunks.INITIAL_CHUNK_BYTES);
    }

    /** Connects and shakes hands; {@code timeout} bounds the connect and later each wait for an answer. */
    static RtmpClient open(String host, int port, Duration timeout) throws IOException {
        Socket socket = SocketChannel.open().socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) timeout.toMillis());
            socket.connect(new InetSocketAddress(host, port), (int) timeout.toMillis());
            return new RtmpClient(socket, "rtmp://" + host + ":" + port + "/");
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private void shakeHands(DataInputStream in) throws IOException {
        byte[] hello = new byte[1 + HANDSHAKE_BYTES];
        hello[0] = VERSION;
        for (int i = 9; i < hello.length; i++) {
            hello[i] = (byte) (i * 7);
        }
        out.write(hello);
        out.flush();
        byte[] answer = in.readNBytes(1 + 2 * HANDSHAKE_BYTES);
        if (answer.length < 1 + 2 * HANDSHAKE_BYTES || answer[0] != VERSION) {
            throw new IOException(address + " does not speak RTMP");
        }
        out.write(Arrays.copyOfRange(answer, 1, 1 + HANDSHAKE_BYTES));
        out.flush();
    }

    /** Connects to an application; throws {@link RtmpRefusedException} if the server has none of that name. */
    void connect(String app) throws IOException {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("app", app);
        parameters.put("type", "nonprivate");
        parameters.put("flashVer", "FMLE/3.0 (compatible; testbed)");
        parameters.put("tcUrl", address + app);
        call("connect", parameters);
    }

    /** The new stream's id. */
    int createStream() throws IOException {
        List<Object> answer = call("createStream", Amf0.NULL);
        return ((Number) answer.get(3)).intValue();
    }

    /** Asks to publish, and waits until the server says it may begin. */
    void publish(int streamId, String name) throws IOException {
        send(command(0, "releaseStream", Amf0.NULL, name));
        send(command(0, "FCPublish", Amf0.NULL, name));
        askToPublish(streamId, name);
        awaitStatus("publish of " + address + name, "NetStream.Publish.Start");
    }

    /** Sends the request and does not wait for its answer. */
    void askToPublish(int streamId, String name) throws IOException {
        send(command(streamId, "publish", Amf0.NULL, name, "live"));
    }

    /** Asks to play what is published live, and waits until the server says that it begins. */
    void play(int streamId, String name) throws IOException {
        send(command(streamId, "play", Amf0.NULL, name, LIVE_START_MILLIS));
        awaitStatus("play of " + address + name, "NetStream.Play.Start");
    }

    /** Asks to play what is live; what becomes of it is in the messages that come then. */
    void askToPlay(int streamId, String name) throws IOException {
        send(command(streamId, "play", Amf0.NULL, name, LIVE_OR_RECORDED_START_MILLIS));
    }

    void deleteStream(int streamId, String name) throws IOException {
        send(command(0, "FCUnpublish", Amf0.NULL, name));
        send(command(0, "deleteStream", Amf0.NULL, streamId));
    }

    void send(RtmpMessage message) throws IOException {
        write(message, CHUNK_BYTES);
    }

    private void write(RtmpMessage message, int chunkBytes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(message.payload().length + 64);
        RtmpChunks.write(bytes, message, chunkBytes);
        synchronized (out) { // A pong must not fall into another message.
            bytes.writeTo(out);
            out.flush();
        }
    }

    Socket socket() {
        return socket;
    }

    /** The next message; pings are answered on the way. */
    RtmpMessage receive() throws IOException {
        RtmpMessage message = reader.read();
        if (message.type() == RtmpMessage.USER_CONTROL) {
            ByteBuffer event = ByteBuffer.wrap(message.payload());
            if (event.getShort() == PING_REQUEST) {
                byte[] pong = ByteBuffer.allocate(6)
                        .putShort((short) PING_RESPONSE)
                        .putInt(event.getInt())
                        .array();
                send(new RtmpMessage(RtmpMessage.USER_CONTROL, 0, 0, pong));
            }
        }
        return message;
    }

    private RtmpMessage command(int streamId, String name, Object... arguments) {
        Object[] values = new Object[arguments.length + 2];
        values[0] = name;
        values[1] = ++transaction;
        System.arraycopy(arguments, 0, values, 2, arguments.length);
        return new RtmpMessage(RtmpMessage.COMMAND, 0, streamId, Amf0.encode(values));
    }

    private List<Object> call(String name, Object... arguments) throws IOException {
        send(command(0, name, arguments));
        int expected = transaction;
        while (true) {
            RtmpMessage message = receive();
            if (message.type() != RtmpMessage.COMMAND) {
                continue;
            }
            List<Object> answer = Amf0.decode(message.payload());
            boolean mine = answer.size() > 1 && answer.get(1).equals((double) expected);
            if (mine && answer.get(0).equals("_result")) {
                return answer;
            }
            if (mine && answer.get(0).equals("_error")) {
                throw new RtmpRefusedException(name + " to " + address, answer.toString());
            }
        }
    }

    private void awaitStatus(String request, String wanted) throws IOException {
        while (true) {
            RtmpMessage message = receive();
            if (message.type() != RtmpMessage.COMMAND) {
                continue;
            }
            List<Object> command = Amf0.decode(message.payload());
            if (command.get(0).equals("onStatus") && command.size() > 3 && command.get(3) instanceof Map<?, ?> status) {
                if (wanted.equals(status.get("code"))) {
                    return;
                }
                if ("error".equals(status.get("level"))) {
                    throw new RtmpRefusedException(request, status.toString());
                }
            }
        }
    }

    /**
     * Ends the connection behind all that was sent, without a word of RTMP, and returns when the server has ended it too. After a
     * bare {@link #close} the kernel throws away what it has not sent yet as soon as the server says anything.
     */
    void vanish() throws IOException {
        socket.shutdownOutput();
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
