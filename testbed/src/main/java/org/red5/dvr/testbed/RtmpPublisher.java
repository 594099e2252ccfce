package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes one stream over RTMP with exactly the messages and time stamps it is given. For one thread; a second one, of its own,
 * answers the server.
 */
public final class RtmpPublisher implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final RtmpClient client;
    private final String name;
    private final int streamId;

    private RtmpPublisher(RtmpClient client, String name, int streamId) {
        this.client = client;
        this.name = name;
        this.streamId = streamId;
    }

    /** Connects and begins to publish; throws {@link RtmpRefusedException} if the server does not want it. */
    public static RtmpPublisher open(String host, int port, String app, String name) throws IOException {
        RtmpClient client = RtmpClient.open(host, port, TIMEOUT);
        try {
            RtmpPublisher publisher = new RtmpPublisher(client, name, begin(client, app, name));
            client.socket().setSoTimeout(0);
            Thread answers = new Thread(publisher::answerServer, "RTMP answers " + app + "/" + name);
            answers.setDaemon(true);
            answers.start();
            return publisher;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    static int begin(RtmpClient client, String app, String name) throws IOException {
        client.connect(app);
        int streamId = client.createStream();
        client.publish(streamId, name);
        return streamId;
    }

    private void answerServer() {
        try {
            while (!client.socket().isClosed()) {
                client.receive();
            }
        } catch (IOException e) {
            // The connection has ended; the publishing thread sees it when it sends.
            return;
        }
    }

    /** Sends one message at once, whatever its time stamp is. */
    public void send(int type, long timestampMillis, byte[] payload) throws IOException {
        client.send(new RtmpMessage(type, timestampMillis, streamId, payload));
    }

    /** Sends one tag at once, with {@code offsetMillis} added to its time stamp; script data becomes the stream's metadata. */
    public void send(FlvTag tag, long offsetMillis) throws IOException {
        if (!tag.isEndOfSequence()) {
            client.send(message(tag, offsetMillis, streamId));
        }
    }

    static RtmpMessage message(FlvTag tag, long offsetMillis, int streamId) {
        byte[] payload = tag.payload();
        if (tag.type() == FlvTag.SCRIPT) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(Amf0.encode("@setDataFrame"));
            bytes.writeBytes(payload);
            payload = bytes.toByteArray();
        }
        return new RtmpMessage(tag.type(), tag.timestampMillis() + offsetMillis, streamId, payload);
    }

    /** Sends a whole clip as fast as the server takes it. */
    public void sendAll(FlvFile clip, long offsetMillis) throws IOException {
        for (FlvTag tag : clip.tags()) {
            send(tag, offsetMillis);
        }
    }

    /** Sends a whole clip in real time: a tag leaves when as much time has passed as its time stamp says. */
    public void sendPaced(FlvFile clip, long offsetMillis) throws IOException {
        long startNanos = System.nanoTime();
        for (FlvTag tag : clip.tags()) {
            long dueNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(tag.timestampMillis());
            for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            send(tag, offsetMillis);
        }
    }

    /** Ends the stream in good order; the connection stays until {@link #close}. */
    public void unpublish() throws IOException {
        client.deleteStream(streamId, name);
    }

    /** Drops the connection; without {@link #unpublish} the server sees an encoder that vanished. */
    /** Ends the connection behind all that was sent, without a word of RTMP; returns when the server has ended it too. */
    void vanish() throws IOException {
        client.vanish();
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
