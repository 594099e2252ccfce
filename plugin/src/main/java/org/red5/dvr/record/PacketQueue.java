package org.red5.dvr.record;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Optional;
import org.red5.dvr.record.segmenter.Samples;

/**
 * Hands packets from the publisher's thread to the writer's; bounded by bytes, its own and those that it shares with the
 * other queues of the writer. When it is full, packets are refused until half of it is free again or nothing waits any
 * more, and the writer finds a mark in their place.
 */
final class PacketQueue {
    /**
     * What the writer takes out: a packet, or in its place the mark that packets are missing here.
     *
     * @param lostSinceUtcMicros when the first of those came
     */
    record Item(Optional<Packet> packet, int lostPackets, long lostSinceUtcMicros) {}

    private final int mostBytes;
    private final ByteBudget shared;

    @GuardedBy("this")
    private final ArrayDeque<Item> items = new ArrayDeque<>();

    @GuardedBy("this")
    private int bytes;

    @GuardedBy("this")
    private int lostPackets;

    @GuardedBy("this")
    private long lostSinceUtcMicros;

    @GuardedBy("this")
    private boolean closed;

    PacketQueue(int mostBytes, ByteBudget shared) {
        this.shared = shared;
        this.mostBytes = mostBytes;
    }

    /**
     * Puts a packet in, or refuses it, false then; never blocks for longer than a copy of a reference. Once closed it
     * forgets what is put in.
     */
    synchronized boolean offer(Packet packet) {
        if (closed) {
            return true;
        }
        boolean after = lostPackets > 0;
        int limit = after ? mostBytes / 2 : mostBytes;
        if (bytes + sizeOf(packet) > limit || !shared.take(sizeOf(packet), after)) {
            lostSinceUtcMicros = after ? lostSinceUtcMicros : packet.arrivalUtcMicros();
            lostPackets++;
            return false;
        }
        if (after) {
            items.add(takeMark());
        }
        bytes += sizeOf(packet);
        items.add(new Item(Optional.of(packet), 0, 0));
        return true;
    }

    /** Takes out the oldest item, empty when there is none. */
    synchronized Optional<Item> poll() {
        Item item = items.poll();
        if (item == null) {
            return lostPackets > 0 ? Optional.of(takeMark()) : Optional.empty();
        }
        int size = item.packet().map(PacketQueue::sizeOf).orElse(0);
        bytes -= size;
        shared.giveBack(size);
        return Optional.of(item);
    }

    /** Forgets all that waits; nobody takes anything out any more. */
    synchronized void close() {
        closed = true;
        items.clear();
        shared.giveBack(bytes);
        bytes = 0;
        lostPackets = 0;
    }

    @GuardedBy("this")
    private Item takeMark() {
        Item mark = new Item(Optional.empty(), lostPackets, lostSinceUtcMicros);
        lostPackets = 0;
        return mark;
    }

    private static int sizeOf(Packet packet) {
        return packet.body().length + Samples.OVERHEAD_BYTES;
    }
}
