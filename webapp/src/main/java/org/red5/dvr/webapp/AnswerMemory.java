package org.red5.dvr.webapp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Bounds the memory of replies that are under way: bytes that several clients get count once. When there is no more, the slowest clients
 * are cut off in favour of new ones, and whom that does not help is not answered. Any thread may call.
 */
final class AnswerMemory {
    /** Nobody is called slow before. */
    private static final long FAIR_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final long mostBytes;
    /** How many replies use each array. */
    @GuardedBy("this")
    private final IdentityHashMap<byte[], Integer> users = new IdentityHashMap<>();

    @GuardedBy("this")
    private final Set<BytesAnswer> underWay = new HashSet<>();

    @GuardedBy("this")
    private long heldBytes;

    AnswerMemory(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Whether there is room for a body, by now. */
    synchronized boolean hasRoomFor(Body body) {
        long now = System.nanoTime();
        while (heldBytes + moreBytes(body) > mostBytes) {
            Optional<BytesAnswer> slowest = underWay.stream()
                    .filter(answer -> answer.ageNanos(now) > FAIR_NANOS)
                    .min(Comparator.comparingDouble(answer -> answer.bytesPerSecond(now)));
            if (slowest.isEmpty()) {
                return false;
            }
            ends(slowest.get());
            slowest.get().cutOff();
        }
        return true;
    }

    @GuardedBy("this")
    private long moreBytes(Body body) {
        long bytes = BytesAnswer.PIECE_BYTES;
        for (byte[] array : body.arrays()) {
            bytes += users.containsKey(array) ? 0 : array.length;
        }
        return bytes;
    }

    synchronized void begins(BytesAnswer answer) {
        heldBytes += moreBytes(answer.body());
        underWay.add(answer);
        for (byte[] array : answer.body().arrays()) {
            users.merge(array, 1, Integer::sum);
        }
    }

    /** Once for each answer that counts; again it does nothing. */
    synchronized void ends(BytesAnswer answer) {
        if (underWay.remove(answer)) {
            heldBytes -= BytesAnswer.PIECE_BYTES;
            for (byte[] array : answer.body().arrays()) {
                if (users.computeIfPresent(array, (bytes, count) -> count == 1 ? null : count - 1) == null) {
                    heldBytes -= array.length;
                }
            }
        }
    }

    synchronized long heldBytes() {
        return heldBytes;
    }
}
