package org.red5.dvr.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.bytes.ArrivingBytes;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.util.Futures;

/**
 * One segment on its way here, and all who wait for it. Each is given what there is as soon as some can be read; when all have left that
 * were given it, no more is fetched. Any thread may call; nothing blocks.
 */
final class SegmentFill {
    /** A minute of video at 8 Mbit/s; a segment is seldom longer than ten seconds. */
    private static final int MOST_BYTES = 64 << 20;

    private final CompletableFuture<Optional<Fetched>> begun = new CompletableFuture<>();
    private final CompletableFuture<Void> abandoned = new CompletableFuture<>();
    private final AtomicBoolean started = new AtomicBoolean();

    @GuardedBy("this")
    private @Nullable ArrivingBytes bytes;

    @GuardedBy("this")
    private FollowReply.@Nullable New fedBy;

    @GuardedBy("this")
    private int readers;

    /**
     * A segment.
     *
     * @param bytes video, then audio; of one that is being fetched as they arrive
     * @param videoBytes how many of them are video
     * @param node that holds it
     * @param crc CRC-32C of the bytes
     * @param wasHere whether it had come before
     */
    record Fetched(MediaBytes bytes, int videoBytes, String node, int crc, boolean wasHere) {
        /** The bytes for a server, which looks at the CRC itself. */
        MediaBytes forPeer() {
            return bytes instanceof MediaBytes.Arriving arriving ? arriving.forPeer() : bytes;
        }
    }

    /**
     * Shares in it.
     *
     * @param fetch makes it come; called by the first
     * @return done when some can be read, or nobody has it; empty when it has failed already
     */
    Optional<CompletableFuture<Optional<Fetched>>> join(Supplier<CompletableFuture<Optional<Fetched>>> fetch) {
        synchronized (this) {
            if (bytes != null && bytes.isOver() && !bytes.isWhole()) {
                return Optional.empty();
            }
            readers++;
        }
        if (started.compareAndSet(false, true)) {
            Futures.from(fetch::get).whenComplete(this::ended);
        }
        AtomicBoolean left = new AtomicBoolean();
        return Optional.of(begun.thenApply(found -> found.map(one -> one.bytes() instanceof MediaBytes.Arriving arriving
                ? new Fetched(
                        new MediaBytes.Arriving(arriving.bytes(), () -> leave(left)),
                        one.videoBytes(),
                        one.node(),
                        one.crc(),
                        one.wasHere())
                : one)));
    }

    private void leave(AtomicBoolean left) {
        ArrivingBytes unread = null;
        synchronized (this) {
            if (left.compareAndSet(false, true)) {
                readers--;
                unread = readers == 0 ? bytes : null;
            }
        }
        if (unread != null) {
            unread.fail("nobody reads it any more");
            abandoned.complete(null);
        }
    }

    /**
     * Where the bytes of a segment go that a source has.
     *
     * @return empty when it is not the segment that others have, or no more is to come
     */
    Optional<ArrivingBytes> place(FollowReply.New held) {
        ArrivingBytes place;
        boolean isNew;
        synchronized (this) {
            isNew = bytes == null && held.segment().bytes() <= MOST_BYTES;
            if (isNew) {
                bytes = new ArrivingBytes(held.segment().bytes(), held.crc());
            }
            place = bytes;
        }
        if (place == null
                || place.isOver()
                || place.crc() != held.crc()
                || place.lengthBytes() != held.segment().bytes()) {
            return Optional.empty();
        }
        if (isNew) {
            place.listen(this::bytesCame);
        }
        return Optional.of(place);
    }

    /** The bytes begin to come from a source. */
    synchronized void comesFrom(FollowReply.New held) {
        fedBy = held;
    }

    private void bytesCame() {
        Fetched arriving;
        synchronized (this) {
            if (begun.isDone() || bytes == null || fedBy == null || bytes.isOver() || !bytes.isBegun()) {
                return;
            }
            arriving = new Fetched(
                    new MediaBytes.Arriving(bytes, () -> {}),
                    fedBy.segment().videoBytes(),
                    fedBy.node(),
                    bytes.crc(),
                    false);
        }
        begun.complete(Optional.of(arriving));
    }

    /** Gives up an answer when all have left. */
    void givesUp(CompletableFuture<?> answer) {
        abandoned.whenComplete((nothing, failure) -> answer.cancel(false));
    }

    /** Whether a part has come, and the rest is missing. */
    synchronized boolean isBroken() {
        return bytes != null && bytes.comeBytes() > 0 && !bytes.isOver();
    }

    @SuppressWarnings("NullableOptional") // Null beside a failure, as futures give it.
    private void ended(@Nullable Optional<Fetched> found, @Nullable Throwable failure) {
        ArrivingBytes unfinished;
        synchronized (this) {
            unfinished = bytes;
        }
        if (unfinished != null) {
            unfinished.fail("the rest of it does not come");
        }
        if (found != null) {
            begun.complete(found);
        } else if (failure != null) {
            begun.completeExceptionally(Futures.unwrapped(failure));
        }
    }
}
