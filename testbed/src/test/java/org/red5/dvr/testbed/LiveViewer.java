package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Plays one stream live over RTMP and keeps what it gets. */
final class LiveViewer implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private record Received(FlvTag tag, long atNanos) {}

    private final RtmpClient client;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private volatile Optional<IOException> failure = Optional.empty();
    private volatile boolean closed;

    private LiveViewer(RtmpClient client) {
        this.client = client;
    }

    /** Connects and begins to play. */
    static LiveViewer of(Red5Server server, String app, String stream) throws IOException {
        RtmpClient client = RtmpClient.open("127.0.0.1", server.rtmpPort(), TIMEOUT);
        LiveViewer viewer = new LiveViewer(client);
        try {
            client.connect(app);
            client.play(client.createStream(), stream);
            client.socket().setSoTimeout(0);
        } catch (IOException e) {
            client.close();
            throw e;
        }
        Thread thread = new Thread(viewer::run, "viewer of " + app + "/" + stream);
        thread.setDaemon(true);
        thread.start();
        return viewer;
    }

    private void run() {
        try {
            while (true) {
                RtmpMessage message = client.receive();
                if (message.type() == RtmpMessage.AUDIO || message.type() == RtmpMessage.VIDEO) {
                    FlvTag tag = new FlvTag(message.type(), message.timestampMillis(), message.payload());
                    received.add(new Received(tag, System.nanoTime()));
                }
            }
        } catch (IOException e) {
            failure = closed ? Optional.empty() : Optional.of(e);
        }
    }

    /** The payloads of one type that came so far, without configurations and empty ones. */
    List<ByteBuffer> media(int type) {
        return media(received.stream().map(Received::tag).toList(), type);
    }

    /** The payloads of one type among tags, without configurations and empty ones. */
    static List<ByteBuffer> media(List<FlvTag> tags, int type) {
        return tags.stream()
                .filter(tag -> tag.type() == type && tag.payload().length > 2)
                .filter(tag -> !tag.isConfiguration() && !tag.isEndOfSequence())
                .map(tag -> ByteBuffer.wrap(tag.payload()))
                .toList();
    }

    /** The longest time in which nothing came, up to the last message. */
    Duration longestPause() {
        long most = 0;
        for (int i = 1; i < received.size(); i++) {
            most = Math.max(
                    most, received.get(i).atNanos() - received.get(i - 1).atNanos());
        }
        return Duration.ofNanos(most);
    }

    /** What ended the connection, if anything did. */
    Optional<IOException> failure() {
        return failure;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        client.close();
    }
}
