package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.Fuzz;
import org.red5.server.net.protocol.ProtocolException;

/** RTMP chunks as encoders send them, in any division. */
class ChunkReaderTest {
    private static final int AUDIO = 8;
    private static final int VIDEO = 9;
    private static final int LATE = 0x01_02_03_04;
    private static final long PLENTY = 1 << 30;

    private final HalfReadBytes ofAll = new HalfReadBytes(PLENTY);
    private final ChunkReader reader = new ChunkReader(ofAll);
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    /** Sends the header of a chunk in chunk stream 6, and its extended time if it has one. */
    private void header(int type, int time, int lengthBytes) {
        boolean extended = Integer.compareUnsigned(time, 0xff_ff_ff) >= 0;
        bytes(1, type << 6 | 6);
        bytes(3, extended ? 0xff_ff_ff : time);
        if (type < 2) {
            bytes(3, lengthBytes);
            bytes(1, VIDEO);
        }
        if (type == 0) {
            bytes(4, 1 << 24);
        }
        if (extended) {
            bytes(4, time);
        }
    }

    private void repeated() {
        bytes(1, 0xc6);
    }

    private void payload(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) 0x77);
        sent.writeBytes(bytes);
    }

    private void bytes(int count, int value) {
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
            sent.write(value >>> shift);
        }
    }

    private List<RtmpMessage> read(byte[] bytes) {
        List<RtmpMessage> messages = new ArrayList<>();
        reader.read(ByteBuffer.wrap(bytes), messages::add);
        return messages;
    }

    private List<Integer> times() {
        return read(sent.toByteArray()).stream()
                .map(RtmpMessage::timestampMillis)
                .toList();
    }

    @Test
    void distancesAreAddedOnceHoweverLong() {
        header(0, 0, 10);
        payload(10);
        header(1, LATE, 300);
        payload(128);
        repeated();
        bytes(4, LATE);
        payload(128);
        repeated();
        bytes(4, LATE);
        payload(44);
        header(1, 40, 10);
        payload(10);
        assertEquals(List.of(0, LATE, LATE + 40), times());
    }

    @Test
    void timesThatGoBackAreWhatTheyAre() {
        for (int time : new int[] {20_000_000, 0, 40, 20_000_000, 19_000_000}) {
            header(0, time, 1);
            payload(1);
        }
        assertEquals(List.of(20_000_000, 0, 40, 20_000_000, 19_000_000), times());
    }

    @Test
    void messageThatRepeatsAllRepeatsTheDistance() {
        header(0, 1_000, 5);
        payload(5);
        header(2, 40, 0);
        payload(5);
        repeated();
        payload(5);
        repeated();
        payload(5);
        assertEquals(List.of(1_000, 1_040, 1_080, 1_120), times());
    }

    /** ffmpeg leaves the header out when the distance is the time of the message before. */
    @Test
    void behindATimeTheDistanceIsThatTime() {
        header(0, 26, 5);
        payload(5);
        repeated();
        payload(5);
        assertEquals(List.of(26, 52), times());
    }

    @Test
    void behindALateTimeThereIsNoDistance() {
        header(0, LATE, 5);
        payload(5);
        repeated();
        bytes(4, LATE);
        payload(5);
        repeated();
        payload(5);
        header(0, 3_600_000, 5);
        payload(5);
        repeated();
        payload(5);
        assertEquals(List.of(LATE, LATE, LATE, 3_600_000, 3_600_000), times());
    }

    @Test
    void extendedTimesNeedNotBeRepeated() {
        header(0, LATE, 300);
        payload(128);
        repeated();
        payload(128);
        repeated();
        payload(44);
        header(1, 40, 10);
        payload(10);
        assertEquals(List.of(LATE, LATE + 40), times());
    }

    @Test
    void lastBytesAreNotWaitedForBehind() {
        header(0, LATE, 130);
        payload(128);
        repeated();
        payload(2);
        assertEquals(List.of(LATE), times());
    }

    @Test
    void chunksMayRepeatTheTimeInsteadOfTheDistance() {
        header(0, 0, 1);
        payload(1);
        header(1, LATE, 1);
        payload(1);
        header(1, LATE, 130);
        payload(128);
        repeated();
        bytes(4, 2 * LATE);
        payload(2);
        assertEquals(List.of(0, LATE, 2 * LATE), times());
    }

    @Test
    void messageThatRepeatsAllMaySayItsOwnTime() {
        header(0, LATE, 5);
        payload(5);
        repeated();
        bytes(4, LATE + 40);
        payload(5);
        repeated();
        bytes(4, LATE + 80);
        payload(5);
        assertEquals(List.of(LATE, LATE + 40, LATE + 80), times());
    }

    @Test
    void chunkStreamMayBeginWithADistance() {
        header(1, 40, 5);
        payload(5);
        assertEquals(List.of(40), times());
    }

    @Test
    void chunkStreamThatBeginsWithNoLengthIsRefused() {
        header(2, 40, 0);
        payload(5);
        assertThrows(ProtocolException.class, this::times);
    }

    @Test
    void abortedMessageIsLeftOut() {
        header(0, 1_000, 300);
        payload(128);
        sent.writeBytes(new byte[] {2, 0, 0, 0, 0, 0, 4, RtmpMessage.ABORT, 0, 0, 0, 0, 0, 0, 0, 6});
        header(0, 2_000, 3);
        payload(3);
        assertEquals(List.of(2_000), times());
    }

    @Test
    void chunkSizeThatIsNoneIsRefused() {
        byte[] none = {2, 0, 0, 0, 0, 0, 4, RtmpMessage.SET_CHUNK_SIZE, 0, 0, 0, 0, 0, 0, 0, 0};
        assertThrows(ProtocolException.class, () -> read(none));
    }

    @Test
    void announcedLengthTakesNoMemory() {
        for (int chunkStream = 3; chunkStream < 60; chunkStream++) {
            sent.writeBytes(new byte[] {(byte) chunkStream, 0, 0, 0, -1, -1, -1, VIDEO, 1, 0, 0, 0});
            payload(128);
        }
        assertEquals(List.of(), times());
        assertTrue(ofAll.takenBytes() < 2 << 20, ofAll.takenBytes() + " bytes");
    }

    @Test
    void halfReadMessagesAreBoundedForAConnection() {
        sent.writeBytes(new byte[] {2, 0, 0, 0, 0, 0, 4, RtmpMessage.SET_CHUNK_SIZE, 0, 0, 0, 0, 0, 16, 0, 0});
        read(sent.toByteArray());
        byte[] part = Arrays.copyOf(new byte[] {0, 0, 0, 0, -1, -1, -1, VIDEO, 1, 0, 0, 0}, 12 + (1 << 20));
        for (part[0] = 6; part[0] < 26; part[0]++) {
            read(part);
        }
        assertThrows(ProtocolException.class, () -> {
            for (part[0] = 26; part[0] < 63; part[0]++) {
                read(part);
            }
        });
        assertTrue(ofAll.takenBytes() < 25 << 20, ofAll.takenBytes() + " bytes");
    }

    @Test
    void halfReadMessagesAreBoundedForAllConnections() {
        HalfReadBytes little = new HalfReadBytes(100_000);
        byte[] half = Arrays.copyOf(new byte[] {6, 0, 0, 0, 1, 0, 0, VIDEO, 1, 0, 0, 0}, 100);
        List<ChunkReader> readers = new ArrayList<>();
        assertThrows(ProtocolException.class, () -> {
            while (true) {
                ChunkReader one = new ChunkReader(little);
                readers.add(one);
                one.read(ByteBuffer.wrap(half.clone()), message -> {});
            }
        });
        assertTrue(little.takenBytes() > 50_000, little.takenBytes() + " bytes");
        readers.forEach(ChunkReader::close);
        assertEquals(0, little.takenBytes());
    }

    @Test
    void anyDivisionGivesTheSameMessages() throws InterruptedException {
        Fuzz.run("RTMP chunks", 0.2, 64 << 20, ChunkReaderTest::readBackAtRandom);
    }

    private static void readBackAtRandom(Random random) {
        ChunkWriter writer = new ChunkWriter(random, random.nextInt(4) > 0);
        List<String> expected = new ArrayList<>();
        writeAtRandom(random, writer, expected);
        byte[] all = writer.bytes();
        HalfReadBytes ofAll = new HalfReadBytes(PLENTY);
        ChunkReader reader = new ChunkReader(ofAll);
        List<String> actual = new ArrayList<>();
        ByteBuffer buffer = ByteBuffer.allocate(all.length);
        for (int from = 0; from < all.length; ) {
            int count = Math.min(all.length - from, 1 + random.nextInt(random.nextBoolean() ? 5 : 3_000));
            buffer.put(all, from, count).flip();
            reader.read(buffer, message -> note(message, actual));
            buffer.compact();
            from += count;
        }
        assertEquals(expected, actual);
        reader.close();
        assertEquals(0, ofAll.takenBytes());
    }

    private static void writeAtRandom(Random random, ChunkWriter writer, List<String> expected) {
        int[] chunkStreams = {3, 4, 6, 63, 64, 319, 320, 65_599};
        List<RtmpMessage> open = new ArrayList<>();
        int[] times = new int[chunkStreams.length];
        for (int i = 0; i < times.length; i++) {
            times[i] = random.nextBoolean() ? random.nextInt(2_000) : random.nextInt();
        }
        for (int step = 0; step < 60; step++) {
            int at = random.nextInt(chunkStreams.length);
            int id = chunkStreams[at];
            if (writer.isOpen(id)) {
                if (random.nextInt(20) == 0) {
                    writer.abort(id);
                    open.removeIf(message -> message.chunkStream() == id);
                } else {
                    writer.goOn(id);
                }
            } else if (random.nextInt(12) == 0) {
                int bytes = random.nextBoolean() ? 1 + random.nextInt(200) : 1 + random.nextInt(70_000);
                writer.chunkSize(bytes);
                expected.add("size " + bytes);
            } else {
                times[at] += timeStep(random);
                RtmpMessage message = message(random, id, times[at]);
                writer.begin(message);
                open.add(message);
            }
            noteWhole(writer, open, expected);
        }
        for (RtmpMessage message : List.copyOf(open)) {
            while (writer.isOpen(message.chunkStream())) {
                writer.goOn(message.chunkStream());
            }
            noteWhole(writer, open, expected);
        }
    }

    private static int timeStep(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> random.nextInt();
            case 2 -> -random.nextInt(5_000);
            case 3 -> 0xff_ff_ff + random.nextInt(3) - 1;
            default -> 40;
        };
    }

    private static RtmpMessage message(Random random, int chunkStream, int timestampMillis) {
        int[] lengths = {0, 1, 3, 128, 129, 500, 500, 500, random.nextInt(5_000)};
        byte[] payload = new byte[lengths[random.nextInt(lengths.length)]];
        random.nextBytes(payload);
        int type = random.nextBoolean() ? AUDIO : VIDEO;
        return new RtmpMessage(chunkStream, type, 1 + random.nextInt(20) / 19, timestampMillis, payload);
    }

    private static void noteWhole(ChunkWriter writer, List<RtmpMessage> open, List<String> to) {
        open.removeIf(message -> {
            boolean whole = !writer.isOpen(message.chunkStream());
            if (whole) {
                note(message, to);
            }
            return whole;
        });
    }

    private static void note(RtmpMessage message, List<String> to) {
        if (message.type() == RtmpMessage.SET_CHUNK_SIZE) {
            to.add("size " + ByteBuffer.wrap(message.payload()).getInt());
        } else {
            to.add(message.chunkStream() + "/" + message.streamId() + " type " + message.type() + " at "
                    + message.timestampMillis() + ": " + Arrays.hashCode(message.payload()));
        }
    }
}
