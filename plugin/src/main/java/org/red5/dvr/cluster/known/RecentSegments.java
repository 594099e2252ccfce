package org.red5.dvr.cluster.known;

import java.time.Duration;
import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.Remembered;

/**
 * The bytes of segments that came from peers last, the least recently used going first. In memory, within a bound. Any thread
 * may call.
 */
public final class RecentSegments {
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private final Remembered<Key, Kept> segments;

    /**
     * A segment.
     *
     * @param stream the stream's name at the peer
     */
    public record Key(StreamKey stream, TakeId take, long number) {}

    /**
     * A segment's bytes.
     *
     * @param bytes video, then audio; not to be changed
     * @param videoBytes how many of them are video
     * @param node that holds it
     * @param crc CRC-32C of the bytes, which they have passed
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Kept(byte[] bytes, int videoBytes, String node, int crc) {}

    RecentSegments(long mostBytes) {
        segments = new Remembered<>(mostBytes, FOR_EVER, System::nanoTime, (key, kept) -> kept.bytes().length);
    }

    public Optional<Kept> get(Key key) {
        return Optional.ofNullable(segments.get(key));
    }

    /** Whether the bytes are here, which does not count as a use. */
    boolean has(Key key) {
        return segments.has(key);
    }

    public void put(Key key, Kept kept) {
        segments.put(key, kept);
    }
}
