package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.red5.dvr.record.segmenter.Samples;

class PacketQueueTest {
    private static final int OVERHEAD = Samples.OVERHEAD_BYTES;

    @Test
    void givesPacketsBackInOrder() {
        PacketQueue queue = new PacketQueue(10_000, new ByteBudget(Long.MAX_VALUE));
        for (int i = 0; i < 20; i++) {
            assertTrue(queue.offer(packet(i, 100)));
        }
        for (int i = 0; i < 20; i++) {
            assertEquals(i, timestamp(queue.poll().orElseThrow()));
        }
        assertEquals(Optional.empty(), queue.poll());
    }

    @Test
    void refusesWhatDoesNotFitAndMarksWhereItIsMissing() {
        PacketQueue queue = new PacketQueue(4 * (1_000 + OVERHEAD), new ByteBudget(Long.MAX_VALUE));
        for (int i = 0; i < 7; i++) {
            assertEquals(i < 4, queue.offer(packet(i, 1_000)));
        }
        assertEquals(0, timestamp(queue.poll().orElseThrow()));
        assertFalse(queue.offer(packet(7, 1_000)), "more than half is still taken");
        assertEquals(1, timestamp(queue.poll().orElseThrow()));
        assertEquals(2, timestamp(queue.poll().orElseThrow()));
        assertTrue(queue.offer(packet(8, 1_000)));
        assertEquals(3, timestamp(queue.poll().orElseThrow()));
        assertEquals(
                new PacketQueue.Item(Optional.empty(), 4, 4_000), queue.poll().orElseThrow());
        assertEquals(8, timestamp(queue.poll().orElseThrow()));
        assertEquals(Optional.empty(), queue.poll());
    }

    @Test
    void tellsOfLossesThatNoPacketFollows() {
        PacketQueue queue = new PacketQueue(1_500, new ByteBudget(Long.MAX_VALUE));
        assertTrue(queue.offer(packet(0, 1_000)));
        assertFalse(queue.offer(packet(1, 1_000)));
        assertEquals(0, timestamp(queue.poll().orElseThrow()));
        assertEquals(
                new PacketQueue.Item(Optional.empty(), 1, 1_000), queue.poll().orElseThrow());
        assertEquals(Optional.empty(), queue.poll());
        assertTrue(queue.offer(packet(2, 1_000)), "larger than half, and nothing else waits");
    }

    @Test
    void packetsWithoutBytesAreBoundedToo() {
        PacketQueue queue = new PacketQueue(1_000_000, new ByteBudget(Long.MAX_VALUE));
        int accepted = 0;
        while (queue.offer(packet(accepted, 0)) && accepted < 1_000_000) {
            accepted++;
        }
        assertTrue(accepted < 20_000, accepted + " empty packets in a megabyte");
    }

    @Test
    void behavesAsASimpleModel() {
        Random random = new Random(6);
        for (int round = 0; round < 200; round++) {
            int most = 500 + random.nextInt(20_000);
            PacketQueue queue = new PacketQueue(most, new ByteBudget(Long.MAX_VALUE));
            ArrayDeque<Packet> model = new ArrayDeque<>();
            long lost = 0;
            long marked = 0;
            for (int i = 0; i < 300; i++) {
                if (random.nextInt(5) < 3) {
                    Packet packet = packet(i, random.nextInt(2_000));
                    if (queue.offer(packet)) {
                        model.add(packet);
                    } else {
                        lost++;
                    }
                } else {
                    Optional<PacketQueue.Item> item = queue.poll();
                    marked += item.map(PacketQueue.Item::lostPackets).orElse(0);
                    item.flatMap(PacketQueue.Item::packet).ifPresent(packet -> assertEquals(model.poll(), packet));
                }
                assertTrue(model.stream()
                                .mapToInt(packet -> packet.body().length + OVERHEAD)
                                .sum()
                        <= most);
            }
            for (Optional<PacketQueue.Item> item = queue.poll(); item.isPresent(); item = queue.poll()) {
                marked += item.get().lostPackets();
                item.get().packet().ifPresent(packet -> assertEquals(model.poll(), packet));
            }
            assertTrue(model.isEmpty());
            assertEquals(lost, marked, "every refused packet is told of");
        }
    }

    @Test
    void losesNothingBetweenTwoThreads() throws Exception {
        int count = 200_000;
        PacketQueue queue = new PacketQueue(50_000, new ByteBudget(Long.MAX_VALUE));
        ExecutorService publisher = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> refused = publisher.submit(() -> {
                int lost = 0;
                for (int i = 0; i < count; i++) {
                    lost += queue.offer(packet(i, i % 700)) ? 0 : 1;
                }
                return lost;
            });
            int next = 0;
            int lost = 0;
            boolean done = false;
            while (!done || next < count) {
                done = refused.isDone();
                Optional<PacketQueue.Item> item = queue.poll();
                if (item.isEmpty()) {
                    assertTrue(!done || next == count, "missing from " + next);
                    Thread.onSpinWait();
                } else if (item.get().packet().isPresent()) {
                    assertEquals(next, timestamp(item.get()));
                    next++;
                } else {
                    next += item.get().lostPackets();
                    lost += item.get().lostPackets();
                }
            }
            assertEquals(refused.get(10, TimeUnit.SECONDS), lost);
        } finally {
            publisher.shutdownNow();
        }
    }

    private static int timestamp(PacketQueue.Item item) {
        return item.packet().orElseThrow().timestampMillis();
    }

    private static Packet packet(int timestampMillis, int bytes) {
        return new Packet(true, timestampMillis, timestampMillis * 1_000L, new byte[bytes]);
    }

    @Test
    void queuesShareOneBudget() {
        ByteBudget shared = new ByteBudget(10 * (1_000 + OVERHEAD));
        PacketQueue greedy = new PacketQueue(1_000_000, shared);
        PacketQueue modest = new PacketQueue(1_000_000, shared);
        for (int i = 0; i < 10; i++) {
            assertTrue(greedy.offer(packet(i, 1_000)));
        }
        assertFalse(modest.offer(packet(0, 1_000)));
        for (int i = 0; i < 5; i++) {
            greedy.poll();
            assertFalse(modest.offer(packet(0, 1_000)), "half of it is not free yet");
        }
        greedy.poll();
        assertTrue(modest.offer(packet(0, 1_000)));
        assertEquals(6, modest.poll().orElseThrow().lostPackets());
        greedy.close();
        assertTrue(greedy.offer(packet(0, 1_000)));
        assertEquals(Optional.empty(), greedy.poll());
        modest.close();
        assertEquals(0, shared.usedBytes());
    }
}
