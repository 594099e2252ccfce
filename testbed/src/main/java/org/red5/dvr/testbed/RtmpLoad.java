package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Many paced RTMP publishers of one clip in one thread, cheap enough to load a server from the same machine: the bytes of
 * each round through the clip are made once for all streams, and sent in as few writes as the pacing allows.
 */
public final class RtmpLoad implements Closeable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int STREAM_ID = 1;
    private static final int KEPT_ROUNDS = 3;
    private static final long ROUND_PAUSE_MILLIS = 40;

    private final List<Stream> streams = new ArrayList<>();
    private final Rounds rounds;
    private final double speed;

    private RtmpLoad(FlvFile clip, double speed) {
        this.rounds = new Rounds(clip);
        this.speed = speed;
    }

    /**
     * Connects the publishers {@code prefix0}, {@code prefix1} …
     *
     * @param speed 1 for real time, 10 for ten times faster
     */
    public static RtmpLoad open(String host, int port, String app, String prefix, int count, FlvFile clip, double speed)
            throws IOException {
        RtmpLoad load = new RtmpLoad(clip, speed);
        try {
            for (int i = 0; i < count; i++) {
                RtmpClient client = RtmpClient.open(host, port, TIMEOUT);
                load.streams.add(new Stream(client));
                int streamId = RtmpPublisher.begin(client, app, prefix + i);
                if (streamId != STREAM_ID) {
                    throw new IOException("stream id " + streamId + " is not the " + STREAM_ID + " of the wire image");
                }
            }
            for (Stream stream : load.streams) {
                stream.channel.configureBlocking(false);
            }
        } catch (IOException e) {
            load.close();
            throw e;
        }
        return load;
    }

    /** Publishes for {@code duration} of wall-clock time, the streams' starts spread evenly over {@code spread}; once per load. */
    public Report run(Duration duration, Duration spread) throws IOException {
        long startNanos = System.nanoTime();
        long startCpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (int i = 0; i < streams.size(); i++) {
            streams.get(i).startNanos = startNanos + spread.toNanos() * i / streams.size();
        }
        long lagMillis = 0;
        long drainedNanos = startNanos;
        for (long now = startNanos; now - startNanos < duration.toNanos(); now = System.nanoTime()) {
            boolean drain = now - drainedNanos > DRAIN_NANOS;
            for (Stream stream : streams) {
                lagMillis = Math.max(lagMillis, stream.send(rounds, (long) ((now - stream.startNanos) / 1e6 * speed)));
                if (drain) {
                    stream.drain();
                }
            }
            drainedNanos = drain ? now : drainedNanos;
            LockSupport.parkNanos(TICK_NANOS);
        }
        long cpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - startCpuNanos;
        long bytes = streams.stream().mapToLong(stream -> stream.sentBytes).sum();
        return new Report(streams.size(), duration, bytes, lagMillis, Duration.ofNanos(cpuNanos));
    }

    @Override
    public void close() throws IOException {
        for (Stream stream : streams) {
            stream.client.close();
        }
    }

    /**
     * What was sent.
     *
     * @param maxLagMillis by how much media time the server was behind at worst: more than about 100 means that it did not keep up
     * @param cpu what the publishing itself cost
     */
    public record Report(int streams, Duration duration, long sentBytes, long maxLagMillis, Duration cpu) {}

    /** The wire image of the rounds through the clip that are being sent. */
    private static final class Rounds {
        private final FlvFile clip;
        private final long lengthMillis;
        private final Map<Integer, Round> kept = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Round> eldest) {
                return size() > KEPT_ROUNDS;
            }
        };

        Rounds(FlvFile clip) {
            this.clip = clip;
            this.lengthMillis = clip.lastTimestampMillis() + ROUND_PAUSE_MILLIS;
        }

        Round get(int index) {
            return kept.computeIfAbsent(index, this::make);
        }

        private Round make(int index) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 20);
            List<FlvTag> tags = clip.tags().stream()
                    .filter(tag -> !tag.isEndOfSequence())
                    .filter(tag -> index == 0 || !(tag.isConfiguration() || tag.type() == FlvTag.SCRIPT))
                    .toList();
            int[] endBytes = new int[tags.size()];
            long[] atMillis = new long[tags.size()];
            for (int i = 0; i < endBytes.length; i++) {
                RtmpMessage message = RtmpPublisher.message(tags.get(i), index * lengthMillis, STREAM_ID);
                RtmpChunks.write(bytes, message, RtmpClient.CHUNK_BYTES);
                endBytes[i] = bytes.size();
                atMillis[i] = message.timestampMillis();
            }
            return new Round(ByteBuffer.wrap(bytes.toByteArray()), endBytes, atMillis);
        }
    }

    /** One round: message {@code i} ends at {@code endBytes[i]} and is due at {@code atMillis[i]} of media time. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Round(ByteBuffer bytes, int[] endBytes, long[] atMillis) {}

    /** How far one publisher is. */
    private static final class Stream {
        private final RtmpClient client;
        private final SocketChannel channel;
        private final ByteBuffer received = ByteBuffer.allocate(4096);
        private long startNanos;
        private long sentBytes;
        private int round;
        private int dueMessages;
        private int positionBytes;

        Stream(RtmpClient client) {
            this.client = client;
            this.channel = client.socket().getChannel();
        }

        /** Sends what is due; returns by how many milliseconds of media time this stream is behind. */
        long send(Rounds rounds, long nowMillis) throws IOException {
            Round current = rounds.get(round);
            while (dueMessages < current.endBytes.length && current.atMillis[dueMessages] <= nowMillis) {
                dueMessages++;
            }
            int endBytes = dueMessages == 0 ? 0 : current.endBytes[dueMessages - 1];
            if (endBytes > positionBytes) {
                int written = channel.write(current.bytes.slice(positionBytes, endBytes - positionBytes));
                positionBytes += written;
                sentBytes += written;
            }
            if (positionBytes == current.bytes.limit()) {
                round++;
                dueMessages = 0;
                positionBytes = 0;
                return 0;
            }
            return positionBytes == endBytes ? 0 : nowMillis - firstUnsentMillis(current);
        }

        private long firstUnsentMillis(Round current) {
            int index = dueMessages - 1;
            while (index > 0 && current.endBytes[index - 1] > positionBytes) {
                index--;
            }
            return current.atMillis[index];
        }

        void drain() throws IOException {
            received.clear();
            while (channel.read(received) > 0) {
                received.clear();
            }
        }
    }
}
