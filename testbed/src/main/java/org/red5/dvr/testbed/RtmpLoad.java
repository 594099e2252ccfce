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
    private static final long FINISH_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final List<Stream> streams = new ArrayList<>();
    private final String prefix;
    private final Rounds rounds;
    private final double speed;

    private RtmpLoad(String prefix, FlvFile clip, double speed) {
        this.prefix = prefix;
        this.rounds = new Rounds(clip);
        this.speed = speed;
    }

    /**
     * Connects the publishers {@code prefix} and 0, 1 …
     *
     * @param speed 1 for real time, 10 for ten times faster
     */
    public static RtmpLoad open(String host, int port, String app, String prefix, int count, FlvFile clip, double speed)
            throws IOException {
        RtmpLoad load = new RtmpLoad(prefix, clip, speed);
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
        finishMessages();
        long cpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - startCpuNanos;
        long bytes = streams.stream().mapToLong(stream -> stream.sentBytes).sum();
        long samples =
                streams.stream().mapToLong(stream -> stream.samples(rounds)).sum();
        return new Report(streams.size(), duration, bytes, samples, lagMillis, Duration.ofNanos(cpuNanos));
    }

    /** Nothing is left half sent. */
    private void finishMessages() throws IOException {
        long deadlineNanos = System.nanoTime() + FINISH_NANOS;
        for (Stream stream : streams) {
            while (!stream.finishMessage(rounds)) {
                if (System.nanoTime() > deadlineNanos) {
                    throw new IOException("the server does not take what was begun to be sent");
                }
                LockSupport.parkNanos(TICK_NANOS);
            }
        }
    }

    /** Ends all streams in good order, after {@link #run}; the connections stay until {@link #close}. */
    public void unpublish() throws IOException {
        for (int i = 0; i < streams.size(); i++) {
            streams.get(i).channel.configureBlocking(true);
            streams.get(i).client.deleteStream(STREAM_ID, prefix + i);
        }
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
     * @param sentSamples video frames and audio access units, whole ones, of all streams together
     * @param maxLagMillis by how much media time the server was behind at worst: more than about 100 means that it did not keep up
     * @param cpu what the publishing itself cost
     */
    public record Report(
            int streams, Duration duration, long sentBytes, long sentSamples, long maxLagMillis, Duration cpu) {}

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
            int[] samples = new int[tags.size()];
            int count = 0;
            for (int i = 0; i < endBytes.length; i++) {
                RtmpMessage message = RtmpPublisher.message(tags.get(i), index * lengthMillis, STREAM_ID);
                RtmpChunks.write(bytes, message, RtmpClient.CHUNK_BYTES);
                endBytes[i] = bytes.size();
                atMillis[i] = message.timestampMillis();
                count += tags.get(i).isConfiguration() || tags.get(i).type() == FlvTag.SCRIPT ? 0 : 1;
                samples[i] = count;
            }
            return new Round(ByteBuffer.wrap(bytes.toByteArray()), endBytes, atMillis, samples);
        }
    }

    /**
     * One round: message {@code i} ends at {@code endBytes[i]}, is due at {@code atMillis[i]} of media time, and up to it, itself
     * included, there are {@code samples[i]} samples.
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Round(ByteBuffer bytes, int[] endBytes, long[] atMillis, int[] samples) {}

    /** How far one publisher is. */
    private static final class Stream {
        private final RtmpClient client;
        private final SocketChannel channel;
        private final ByteBuffer received = ByteBuffer.allocate(4096);
        private long startNanos;
        private long sentBytes;
        private long samplesBefore;
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
                samplesBefore += current.samples[current.samples.length - 1];
                round++;
                dueMessages = 0;
                positionBytes = 0;
                return 0;
            }
            return positionBytes == endBytes ? 0 : nowMillis - firstUnsentMillis(current);
        }

        /** Sends the rest of a message that was begun, as far as the server takes it; true when there is no rest. */
        boolean finishMessage(Rounds rounds) throws IOException {
            Round current = rounds.get(round);
            int begun = begun(current);
            int endBytes = begun < 0 ? 0 : current.endBytes[begun];
            if (endBytes > positionBytes) {
                int written = channel.write(current.bytes.slice(positionBytes, endBytes - positionBytes));
                positionBytes += written;
                sentBytes += written;
            }
            return positionBytes >= endBytes;
        }

        /** How many samples were sent. */
        long samples(Rounds rounds) {
            Round current = rounds.get(round);
            int begun = begun(current);
            return samplesBefore + (begun < 0 ? 0 : current.samples[begun]);
        }

        /** The last message of which a byte was sent, or -1. */
        private int begun(Round current) {
            int index = dueMessages - 1;
            while (index >= 0 && (index == 0 ? 0 : current.endBytes[index - 1]) >= positionBytes) {
                index--;
            }
            return index;
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
