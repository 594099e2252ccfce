package org.red5.dvr.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.red5.dvr.bytes.ArrivingBytes.Feed;
import org.red5.dvr.bytes.ArrivingBytes.Taken;
import org.red5.dvr.bytes.MediaBytes.Arriving;

/** A body that is read while it comes. */
class ArrivingBytesTest {
    private static final int LENGTH = 200_000;
    private static final int HELD_BACK = ArrivingBytes.HELD_BACK_BYTES;

    private final byte[] content = new byte[LENGTH];
    private final ArrivingBytes arriving;

    ArrivingBytesTest() {
        new Random(1).nextBytes(content);
        arriving = new ArrivingBytes(LENGTH, crc(content));
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private Feed feed(int offset) {
        return arriving.begin(offset).orElseThrow();
    }

    private ByteBuffer content(int from, int to) {
        return ByteBuffer.wrap(content, from, to - from);
    }

    private Arriving all() {
        return new Arriving(arriving, () -> {});
    }

    @Test
    void theLastBytesAreHeldBackUntilAllAreThere() throws IOException {
        Feed feed = feed(0);
        assertFalse(arriving.isBegun());
        feed.append(content(0, 10));
        assertTrue(arriving.isBegun());
        assertEquals(10, all().readableBytes(0));
        assertEquals(4, all().readableBytes(6));
        assertArrayEquals(Arrays.copyOf(content, 10), all().read(0, 10));
        assertThrows(EOFException.class, () -> all().read(1, 10));
        assertEquals(Taken.RIGHT, feed.append(content(10, LENGTH - 1)));
        assertEquals(LENGTH - HELD_BACK, all().readableBytes(0));
        assertEquals(LENGTH - 1, all().forPeer().readableBytes(0));
        assertEquals(Taken.RIGHT, feed.append(content(LENGTH - 1, LENGTH)));
        assertTrue(arriving.isWhole());
        assertArrayEquals(content, all().read(0, LENGTH));
    }

    @Test
    void slicesHaveTheirOwnBytes() throws IOException {
        Arriving slice = (Arriving) MediaBytes.slice(MediaBytes.slice(all(), 1_000, 100_000), 500, 99_000);
        CompletableFuture<Void> whole = slice.whole();
        Feed feed = feed(0);
        feed.append(content(0, 1_500));
        assertEquals(0, slice.readableBytes(0));
        feed.append(content(1_500, 1_510));
        assertEquals(10, slice.readableBytes(0));
        assertArrayEquals(Arrays.copyOfRange(content, 1_500, 1_510), slice.read(0, 10));
        feed.append(content(1_510, 100_499));
        assertFalse(whole.isDone());
        feed.append(content(100_499, 100_600));
        assertTrue(whole.isDone(), "it does not wait for what is behind it");
        assertArrayEquals(Arrays.copyOfRange(content, 1_500, 100_500), slice.read(0, 99_000));
        byte[] joined = new MediaBytes.Joined(List.of(slice, new MediaBytes.InMemory(new byte[1]))).read(98_999, 2);
        assertArrayEquals(new byte[] {content[100_499], 0}, joined);
    }

    @Test
    void anotherSourceGoesOnWhereOneBrokeOff() throws IOException {
        Feed first = feed(0);
        assertTrue(arriving.begin(0).isEmpty(), "one source at a time");
        first.append(content(0, 70_000));
        CompletableFuture<Void> end = arriving.feedEnd();
        assertFalse(end.isDone());
        first.end();
        assertTrue(end.isDone());
        assertTrue(arriving.begin(70_001).isEmpty(), "no hole");
        Feed second = feed(69_000);
        assertFalse(second.isAlone());
        assertEquals(Taken.UNWANTED, first.append(content(70_000, 70_100)));
        second.append(content(69_000, 69_900));
        assertEquals(70_000, arriving.comeBytes());
        second.append(content(69_900, 80_000));
        second.end();
        // One that begins from the start all the same.
        Feed third = feed(0);
        third.append(content(0, 79_000));
        assertEquals(Taken.RIGHT, third.append(content(79_000, LENGTH)));
        assertArrayEquals(content, all().read(0, LENGTH));
    }

    @Test
    void whatIsWrongIsCompletedByNobody() {
        CompletableFuture<Void> whole = all().forPeer().whole();
        content[100] ^= 1;
        Feed feed = feed(0);
        assertEquals(Taken.WRONG, feed.append(content(0, LENGTH)));
        assertTrue(arriving.isOver());
        assertTrue(whole.isCompletedExceptionally());
        assertThrows(IOException.class, () -> all().read(0, 1));
        feed.end();
        assertTrue(arriving.begin(0).isEmpty());
    }

    @Test
    void ofWhatIsSmallNobodyHasAnythingSoItMayComeOnceMore() throws IOException {
        byte[] small = Arrays.copyOf(content, HELD_BACK);
        ArrivingBytes bytes = new ArrivingBytes(HELD_BACK, crc(small));
        byte[] wrong = small.clone();
        wrong[7] ^= 1;
        Feed first = bytes.begin(0).orElseThrow();
        assertEquals(Taken.WRONG, first.append(ByteBuffer.wrap(wrong)));
        first.end();
        assertFalse(bytes.isBegun());
        assertEquals(0, new Arriving(bytes, () -> {}).readableBytes(0));
        Feed second = bytes.begin(0).orElseThrow();
        assertTrue(second.isAlone());
        assertEquals(Taken.RIGHT, second.append(ByteBuffer.wrap(small)));
        assertArrayEquals(small, bytes.array());
    }

    @Test
    void listenersAreToldUntilTheyAreForgotten() {
        List<Integer> told = new ArrayList<>();
        Runnable listener = () -> told.add(arriving.comeBytes());
        arriving.listen(listener);
        Feed feed = feed(0);
        feed.append(content(0, 5));
        feed.append(content(5, 9));
        arriving.fail("nobody wants it");
        assertEquals(List.of(5, 9, 9), told);
        assertEquals(Taken.UNWANTED, feed.append(content(9, 10)));
        arriving.forget(listener);
        arriving.fail("once");
        assertEquals(3, told.size());
    }

    /** Each reader sees bytes that are right, whenever it looks. */
    @Test
    void manyReadWhileItComes() throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(4);
        try {
            List<Future<byte[]>> read = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                read.add(readers.submit(this::readAll));
            }
            Random random = new Random(2);
            Feed feed = feed(0);
            for (int at = 0; at < LENGTH; ) {
                int next = Math.min(LENGTH, at + 1 + random.nextInt(300));
                feed.append(content(at, next));
                at = next;
            }
            for (Future<byte[]> each : read) {
                assertArrayEquals(content, each.get(30, TimeUnit.SECONDS));
            }
        } finally {
            readers.shutdownNow();
        }
    }

    private byte[] readAll() throws IOException {
        Arriving mine = all();
        ByteBuffer seen = ByteBuffer.allocate(LENGTH);
        while (seen.hasRemaining()) {
            int more = mine.readableBytes(seen.position());
            seen.put(mine.read(seen.position(), more));
            Thread.onSpinWait();
        }
        return seen.array();
    }
}
