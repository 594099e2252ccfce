package org.red5.dvr.cluster.known;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * The bytes of segments that came from peers last, the least recently used going first. In memory, within a bound. Any thread
 * may call.
 */
public final class RecentSegments {
    private final long mostBytes;
    /** By least recent use. */
    @GuardedBy("segments")
    private final LinkedHashMap<Key, Kept> segments = new LinkedHashMap<>(64, 0.75f, true);

    private long bytes;

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
        this.mostBytes = mostBytes;
    }

    public Optional<Kept> get(Key key) {
        synchronized (segments) {
            return Optional.ofNullable(segments.get(key));
        }
    }

    boolean has(Key key) {
        synchronized (segments) {
            return segments.containsKey(key);
        }
    }

    public void put(Key key, Kept kept) {
        synchronized (segments) {
            Kept before = segments.put(key, kept);
            bytes += kept.bytes().length - (before == null ? 0 : before.bytes().length);
            var eldest = segments.entrySet().iterator();
            while (bytes > mostBytes && eldest.hasNext()) {
                Map.Entry<Key, Kept> entry = eldest.next();
                bytes -= entry.getValue().bytes().length;
                eldest.remove();
            }
        }
    }
}
