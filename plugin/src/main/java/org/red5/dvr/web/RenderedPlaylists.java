package org.red5.dvr.web;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.http.Text;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.hls.MediaPlaylist;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.Remembered;

/**
 * Media playlists as they were rendered last: a list is rendered, and compressed, once for each new segment, however many viewers ask for
 * it. Within a bound of bytes, by least recent use. What is shown is compared each time, so that nothing old is given out. Any thread may call.
 */
public final class RenderedPlaylists {
    private static final long LEAST_BYTES = 2L << 20;
    /** Longer than players wait from one request to the next. */
    private static final Duration IDLE = Duration.ofMinutes(1);
    /** Of an entry of a map and what it names, about. */
    private static final int ENTRY_BYTES = 500;

    private static final int SEGMENT_BYTES = 64;
    /** A playlist with gzip is smaller than one part of so many. */
    private static final int COMPRESSED_SHARE = 4;

    private final Remembered<Key, Kept> all;
    private final LongAdder rendered = new LongAdder();
    private final LongAdder reused = new LongAdder();

    private record Key(StreamKey stream, PlaylistName name) {}

    /** One list; who asks for it while it is rendered waits for that. */
    private static final class Kept {
        @GuardedBy("this")
        private MediaPlaylist.@Nullable Basis basis;

        @GuardedBy("this")
        private @Nullable Text text;

        /** @param renderer makes the text when what is shown is not what was shown last */
        synchronized Text of(MediaPlaylist.Basis now, Supplier<Text> renderer) {
            Text known = text;
            if (known == null || !now.equals(basis)) {
                known = renderer.get();
                text = known;
                basis = now.copy();
            }
            return known;
        }

        synchronized long bytes() {
            long plain = text == null ? 0 : text.plain().lengthBytes();
            long segments = basis == null ? 0 : basis.segments().size();
            return ENTRY_BYTES + plain + plain / COMPRESSED_SHARE + SEGMENT_BYTES * segments;
        }
    }

    /**
     * @param mostBytes of all lists together, with what they show
     * @param nanoTime a clock that is never set
     */
    public RenderedPlaylists(long mostBytes, LongSupplier nanoTime) {
        all = new Remembered<>(mostBytes, IDLE, nanoTime, (key, kept) -> kept.bytes());
    }

    /** Within a sixty-fourth of the heap. */
    public static RenderedPlaylists ofHeap(long heapBytes, LongSupplier nanoTime) {
        return new RenderedPlaylists(Math.max(LEAST_BYTES, heapBytes / 64), nanoTime);
    }

    /**
     * A media playlist. Those with a query are rendered each time, as it is most often each viewer's own.
     *
     * @param query what goes behind each address, with its question mark
     */
    Text of(StreamKey stream, PlaylistName name, View view, String query) {
        if (!query.isEmpty()) {
            rendered.increment();
            return new Text(MediaPlaylist.render(view, name.targetSeconds(), query));
        }
        Key key = new Key(stream, name);
        Kept kept = all.getOrPut(key, Kept::new);
        AtomicBoolean isNew = new AtomicBoolean();
        Text text = kept.of(MediaPlaylist.Basis.of(view), () -> {
            isNew.set(true);
            return new Text(MediaPlaylist.render(view, name.targetSeconds(), query));
        });
        if (isNew.get()) {
            rendered.increment();
            all.put(key, kept); // Its weight is another now.
        } else {
            reused.increment();
        }
        return text;
    }

    /** How many were rendered. */
    public long rendered() {
        return rendered.sum();
    }

    /** How many were given out again as they were. */
    public long reused() {
        return reused.sum();
    }

    /** About how many bytes are kept. */
    public long bytes() {
        return all.bytes();
    }
}
