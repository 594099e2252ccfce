package org.red5.dvr.testbed;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Plays a stream over RTMP and notes each message of it, without decoding anything. Any thread may ask. */
final class RtmpPlayer implements Closeable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /**
     * A packet.
     *
     * @param atNanos when it came, by {@link System#nanoTime}
     * @param hash of its bytes
     */
    record Heard(long atNanos, int type, long timestampMillis, boolean keyFrame, boolean configuration, int hash) {
        boolean isPicture() {
            return type == RtmpMessage.VIDEO && !configuration;
        }
    }

    private final long startNanos = System.nanoTime();
    private final RtmpClient client;
    private final List<Heard> packets = new CopyOnWriteArrayList<>();
    private final List<String> statuses = new CopyOnWriteArrayList<>();
    private volatile boolean ended;

    /** Connects and asks to play. */
    RtmpPlayer(int port, String app, String name) throws IOException {
        client = RtmpClient.open("127.0.0.1", port, TIMEOUT);
        client.connect(app);
        client.askToPlay(client.createStream(), name);
        client.socket().setSoTimeout(0);
        Thread reader = new Thread(this::read, "RTMP player of " + app + "/" + name);
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try {
            while (true) {
                note(client.receive());
            }
        } catch (IOException e) {
            ended = true; // The connection has ended: isConnected says so.
        }
    }

    private void note(RtmpMessage message) throws IOException {
        byte[] payload = message.payload();
        if (message.type() == RtmpMessage.COMMAND) {
            List<Object> command = Amf0.decode(payload);
            if (command.get(0).equals("onStatus") && command.get(3) instanceof Map<?, ?> status) {
                statuses.add(String.valueOf(status.get("code")));
            }
        } else if ((message.type() == RtmpMessage.VIDEO || message.type() == RtmpMessage.AUDIO) && payload.length > 1) {
            boolean video = message.type() == RtmpMessage.VIDEO;
            packets.add(new Heard(
                    System.nanoTime(),
                    message.type(),
                    message.timestampMillis(),
                    video && payload[0] == 0x17 && payload[1] == 1,
                    payload[1] == 0,
                    Arrays.hashCode(payload)));
        }
    }

    /** What came so far, in order. */
    List<Heard> packets() {
        return List.copyOf(packets);
    }

    /** The pictures that came since then, by {@link System#nanoTime}. */
    List<Heard> picturesSince(long nanos) {
        return packets.stream()
                .filter(heard -> heard.isPicture() && heard.atNanos() - nanos >= 0)
                .toList();
    }

    /** What the server said of the stream: the codes of its statuses. */
    List<String> statuses() {
        return List.copyOf(statuses);
    }

    /** From before the connection was opened to the first key frame, negative as long as there is none. */
    long firstKeyFrameMillis() {
        return packets.stream()
                .filter(Heard::keyFrame)
                .findFirst()
                .map(heard -> TimeUnit.NANOSECONDS.toMillis(heard.atNanos() - startNanos))
                .orElse(-1L);
    }

    /** The longest time without a picture since then. */
    long longestPauseMillis(long sinceNanos) {
        long longest = 0;
        long last = sinceNanos;
        for (Heard picture : picturesSince(sinceNanos)) {
            longest = Math.max(longest, picture.atNanos() - last);
            last = picture.atNanos();
        }
        return TimeUnit.NANOSECONDS.toMillis(Math.max(longest, System.nanoTime() - last));
    }

    boolean isConnected() {
        return !ended;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
