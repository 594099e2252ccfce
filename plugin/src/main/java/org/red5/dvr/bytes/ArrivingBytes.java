package org.red5.dvr.bytes;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of known length and CRC-32C (RFC 3720) that come from elsewhere, in one array, for any number of readers at once: from one source at
 * a time, and from another one on when that breaks off. Any thread may call; nothing blocks.
 *
 * <p>Whoever is given what is still arriving gets the last bytes when the CRC of all is right: nobody completes what is wrong.
 */
public final class ArrivingBytes {
    /** So much is held back until the CRC is right; what is not longer is given out whole or not at all. */
    public static final int HELD_BACK_BYTES = 64 << 10;

    private final int lengthBytes;
    private final int crc;
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();

    @GuardedBy("this")
    private final CRC32C sum = new CRC32C();

    @GuardedBy("this")
    private @Nullable Feed feed;

    /** Made when the first ones come. */
    private volatile byte[] bytes = {};

    private volatile int comeBytes;
    private volatile boolean whole;
    private volatile @Nullable String failure;

    /**
     * @param crc CRC-32C of all of it
     */
    public ArrivingBytes(int lengthBytes, int crc) {
        this.lengthBytes = lengthBytes;
        this.crc = crc;
    }

    public int lengthBytes() {
        return lengthBytes;
    }

    /** CRC-32C of all of it. */
    public int crc() {
        return crc;
    }

    /** How many have come: a source that is asked now need not send these. */
    public int comeBytes() {
        return comeBytes;
    }

    /** Whether all have come, and are right. */
    public boolean isWhole() {
        return whole;
    }

    /** Whether no more will come. */
    public boolean isOver() {
        return whole || failure != null;
    }

    /** The bytes, of which only those that can be read are to be looked at; not to be changed. */
    public byte[] array() {
        return bytes;
    }

    /**
     * How many can be read, from the first on.
     *
     * @param heldBackBytes of these nothing before all are right
     * @throws IOException when they will never be all
     */
    int readableBytes(int heldBackBytes) throws IOException {
        String why = failure;
        if (why != null) {
            throw new IOException(why);
        }
        return whole ? lengthBytes : Math.max(0, Math.min(comeBytes, lengthBytes - heldBackBytes));
    }

    /** Whether some can be read before all have come. */
    public boolean isBegun() {
        return comeBytes > 0 && lengthBytes > HELD_BACK_BYTES;
    }

    /** From now on it is run whenever more can be read, or nothing more will come; on any thread, and it must not block. */
    public void listen(Runnable listener) {
        listeners.add(listener);
    }

    public void forget(Runnable listener) {
        listeners.remove(listener);
    }

    private void tell() {
        listeners.forEach(Runnable::run);
    }

    /**
     * Begins to take them from a source.
     *
     * @param offsetBytes where the source begins; what is there by now is passed over
     * @return empty when another source brings them, they are over, or some before the offset are missing
     */
    public synchronized Optional<Feed> begin(int offsetBytes) {
        if (feed != null || isOver() || offsetBytes > comeBytes) {
            return Optional.empty();
        }
        if (comeBytes == 0) {
            bytes = new byte[lengthBytes];
        }
        Feed begun = new Feed(offsetBytes);
        feed = begun;
        return Optional.of(begun);
    }

    /** Done when no source brings them, now. */
    public synchronized CompletableFuture<Void> feedEnd() {
        return feed == null ? CompletableFuture.completedFuture(null) : feed.end;
    }

    /** Nothing more will come; does nothing when all are there. */
    public void fail(String why) {
        synchronized (this) {
            if (isOver()) {
                return;
            }
            failure = why;
        }
        tell();
    }

    /** What becomes of bytes that a source brings. */
    public enum Taken {
        /** They are right, as far as can be told. */
        RIGHT,
        /** They were the last, and the CRC of the whole is wrong: nobody has all of it. What nobody has any of may come from another source. */
        WRONG,
        /** No more is wanted of this source. */
        UNWANTED
    }

    /** What one source brings. One thread at a time. */
    public final class Feed {
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final boolean isAlone;
        private int positionBytes;

        private Feed(int offsetBytes) {
            positionBytes = offsetBytes;
            isAlone = comeBytes == 0;
        }

        /** Whether no other source brought any of them. */
        public boolean isAlone() {
            return isAlone;
        }

        /**
         * Takes more, as many at most as are missing.
         */
        public Taken append(ByteBuffer more) {
            boolean isRight;
            synchronized (ArrivingBytes.this) {
                if (!equals(feed) || isOver()) {
                    return Taken.UNWANTED;
                }
                int known = Math.min(more.remaining(), comeBytes - positionBytes);
                more.position(more.position() + known);
                int length = more.remaining();
                positionBytes += known + length;
                more.get(bytes, comeBytes, length);
                sum.update(bytes, comeBytes, length);
                isRight = positionBytes < lengthBytes || (int) sum.getValue() == crc;
                if (isRight) {
                    whole = positionBytes == lengthBytes;
                    comeBytes = Math.max(comeBytes, positionBytes);
                } else if (lengthBytes > HELD_BACK_BYTES) {
                    failure = "the CRC of the whole is wrong";
                } else {
                    comeBytes = 0;
                    sum.reset();
                }
            }
            tell();
            return isRight ? Taken.RIGHT : Taken.WRONG;
        }

        /** The source brings no more. */
        public void end() {
            synchronized (ArrivingBytes.this) {
                if (equals(feed)) {
                    feed = null;
                }
            }
            end.complete(null);
        }
    }
}
