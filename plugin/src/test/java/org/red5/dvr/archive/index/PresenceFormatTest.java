package org.red5.dvr.archive.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.red5.dvr.Fuzz;
import org.red5.dvr.archive.index.Presence.State;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/** The bytes of a presence file, as {@code docs/format-hour-file.md} prints them, and what becomes of others. */
class PresenceFormatTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final TakeId TAKE = new TakeId("20261122T140000000Z-test");
    private static final int SEGMENTS = 5;
    private static final Presence SOME = Presence.each(SEGMENTS, State.NOT_HELD)
            .with(1, State.HERE)
            .with(2, State.UNFORCED)
            .with(3, State.DAMAGED);

    private final HourIndex index = index();

    private static HourIndex index() {
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < SEGMENTS; i++) {
            long number = 448_839_000L + i;
            segments.add(new Segment(TAKE, number, GRID.startUtcMicros(number), 4_000_000, 100, 10, true));
        }
        TakeEnd end = new TakeEnd(TAKE, GRID.startUtcMicros(448_839_005L), GapReason.NOT_PUBLISHED);
        byte[] bytes = TestIndex.bytes(GRID, 7, segments, segment -> (int) segment.number(), false, Optional.of(end));
        try {
            return IndexParser.parse(498_710, TAKE, false, bytes).toFill();
        } catch (CorruptArchiveException | NewerArchiveException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void bytesAreThoseOfTheFormatPage() {
        byte[] bytes = PresenceFormat.encode(true, index.with(SOME));
        String withoutCrcs =
                "52354456" + "52484552" + "0001" + "0001" + "00000005" + index.digest() + "0000000000000000";
        assertEquals(withoutCrcs, HexFormat.of().formatHex(bytes, 0, 40));
        assertEquals("0001020300", HexFormat.of().formatHex(bytes, 48, 53));
        ByteBuffer in = ByteBuffer.wrap(bytes);
        assertEquals(crc(bytes, 48, 5), in.getInt(40));
        assertEquals(crc(bytes, 0, 44), in.getInt(44));
        assertEquals(53, bytes.length);
    }

    @Test
    void whatWasWrittenIsRead() throws Exception {
        for (boolean isCopy : new boolean[] {true, false}) {
            PresenceFormat.Image image = PresenceFormat.decode(PresenceFormat.encode(isCopy, index.with(SOME)));
            assertEquals(isCopy, image.isCopy());
            assertEquals(Optional.of(SOME), image.of(index));
        }
        assertTrue(Presence.each(SEGMENTS, State.HERE).isAll());
        assertEquals(
                Presence.ALL,
                SOME.with(0, State.HERE).with(2, State.HERE).with(3, State.HERE).with(4, State.HERE));
        assertFalse(SOME.isHere(0) || SOME.isHere(3));
        assertTrue(SOME.isHere(1) && SOME.isHere(2) && SOME.isHere(SEGMENTS));
    }

    @Test
    void anotherIndexIsNotMeant() throws Exception {
        byte[] other = PresenceFormat.encode(true, index.with(SOME));
        other[20] ^= 1;
        seal(other);
        assertEquals(Optional.empty(), PresenceFormat.decode(other).of(index));
    }

    @Test
    void tornStatesAreUnknownAndWhoseTheyAreIsNot() throws Exception {
        byte[] whole = PresenceFormat.encode(true, index.with(SOME));
        for (int length = PresenceFormat.HEADER_BYTES; length < whole.length; length++) {
            PresenceFormat.Image image = PresenceFormat.decode(Arrays.copyOf(whole, length));
            assertTrue(image.isCopy());
            assertEquals(Optional.empty(), image.of(index));
        }
        byte[] damaged = whole.clone();
        damaged[50] ^= 1;
        assertEquals(Optional.empty(), PresenceFormat.decode(damaged).presence());
        for (int length = 0; length < PresenceFormat.HEADER_BYTES; length++) {
            byte[] torn = Arrays.copyOf(whole, length);
            assertThrows(CorruptArchiveException.class, () -> PresenceFormat.decode(torn));
        }
    }

    @Test
    void aLaterVersionIsNotForThisSoftware() {
        byte[] later = PresenceFormat.encode(true, index.with(SOME));
        later[9] = 2;
        seal(later);
        assertThrows(NewerArchiveException.class, () -> PresenceFormat.decode(later));
    }

    @Test
    void whateverThereIsIsReadOrRefused() throws InterruptedException {
        byte[] whole = PresenceFormat.encode(true, index.with(SOME));
        Fuzz.run("presence", 0.1, 1 << 20, random -> decode(DamagedBytes.damage(whole, random), random));
    }

    private static void decode(byte[] damaged, Random random) {
        if (damaged.length >= PresenceFormat.HEADER_BYTES && random.nextBoolean()) {
            seal(damaged);
        }
        try {
            PresenceFormat.decode(damaged);
        } catch (CorruptArchiveException | NewerArchiveException e) {
            assertFalse(String.valueOf(e.getMessage()).isEmpty());
        }
    }

    private static void seal(byte[] file) {
        ByteBuffer.wrap(file).putInt(44, crc(file, 0, 44));
    }

    private static int crc(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
