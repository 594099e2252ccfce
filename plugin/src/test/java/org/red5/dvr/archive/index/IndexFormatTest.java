package org.red5.dvr.archive.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;

/** The bytes on disk, spelled out as {@code docs/format-hour-file.md} has them. */
class IndexFormatTest {
    private static final TakeId TAKE = new TakeId("20261122T131502123Z-origin");
    private static final long NUMBER = 448_838_375L;

    @Test
    void writesTheHeaderAsItsPageSays() {
        ByteBuffer header = IndexFormat.encode(new IndexFormat.Header(4_000, 7, 1_125, 0x1234abcd));
        String withoutCrc = "5235445652494458" // R5DVRIDX
                + "0002" + "0030" // version, bytes of a record
                + "00000fa0" + "00000007" + "00000465" + "1234abcd" // period, ordinal, init bytes and CRC
                + "00".repeat(32);
        assertEquals(withoutCrc + crc(withoutCrc), hex(header, 0, 64));
    }

    @Test
    void writesARecordAsItsPageSays() {
        ByteBuffer out = ByteBuffer.allocate(100);
        IndexFormat.putSegment(out, 4, segment(1_500_000, true), SegmentGrid.DEFAULT, 0x1_0000_0465L, 0xcafebabe);
        String withoutCrc = "000000001ac0bae7" // number
                + "0016e360" + "003d0900" // start in its cell, duration
                + "0000000100000465" // offset
                + "000f4240" + "00002710" // video, audio
                + "0001" + "0000" // independent
                + "cafebabe" + "00000000";
        assertEquals("00000000" + withoutCrc + crc(withoutCrc), hex(out, 0, 52));
        assertEquals(segment(1_500_000, true), IndexFormat.segment(out, 4, TAKE, SegmentGrid.DEFAULT));
        assertEquals(0x1_0000_0465L, IndexFormat.offsetBytes(out, 4));
        assertEquals(0x1_0000_0465L + 1_010_000, IndexFormat.endOffsetBytes(out, 4));
    }

    @Test
    void writesAnEndAsItsPageSays() {
        ByteBuffer out = ByteBuffer.allocate(48);
        out.put(HexFormat.of().parseHex("ff".repeat(48)));
        IndexFormat.putEnd(
                out, 0, NUMBER, new IndexFormat.End(1_795_353_500_000_000L, Optional.of(GapReason.OVERLOADED)));
        String withoutCrc = "000000001ac0bae7" + "0000000000000000" + "000660dd4f9d1f00" + "0000000000000000" + "0002"
                + "0003" + "0000000000000000";
        assertEquals(withoutCrc + crc(withoutCrc), hex(out, 0, 48));
    }

    @ParameterizedTest
    @EnumSource(
            value = GapReason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NOT_REACHABLE", "CLOCK_BEHIND", "TOO_MANY_TAKES", "NUMBER_TAKEN", "NOT_HELD", "NEWER_ARCHIVE"})
    void everyReasonComesBack(GapReason reason) {
        IndexFormat.End end = new IndexFormat.End(5, Optional.of(reason));
        ByteBuffer out = ByteBuffer.allocate(48);
        IndexFormat.putEnd(out, 0, 1, end);
        assertTrue(IndexFormat.isIntact(out, 0) && IndexFormat.isEnd(out, 0));
        assertEquals(end, IndexFormat.end(out, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "1, NOT_PUBLISHED",
        "2, SERVER_DOWN",
        "3, OVERLOADED",
        "4, DISK_FULL",
        "5, DISK_ERROR",
        "6, EXPIRED",
        "7, DAMAGED",
        "8, CONFIGURATION_CHANGED",
        "9, TIMESTAMP_JUMP"
    })
    void reasonsKeepTheirNumbers(int number, GapReason reason) {
        ByteBuffer out = ByteBuffer.allocate(48);
        IndexFormat.putEnd(out, 0, 1, new IndexFormat.End(5, Optional.of(reason)));
        assertEquals(number, out.getShort(34));
    }

    @Test
    void aTakeThatGoesOnHasNoReasonAndNeitherHasAnUnknownOne() {
        ByteBuffer out = ByteBuffer.allocate(48);
        IndexFormat.putEnd(out, 0, 1, new IndexFormat.End(5, Optional.empty()));
        assertEquals(new IndexFormat.End(5, Optional.empty()), IndexFormat.end(out, 0));
        out.putShort(34, (short) 999);
        assertEquals(new IndexFormat.End(5, Optional.empty()), IndexFormat.end(out, 0));
    }

    @Test
    void zerosAreNoRecord() {
        assertFalse(IndexFormat.isIntact(ByteBuffer.allocate(48), 0));
    }

    @Test
    void anyFlippedBitSpoilsARecord() {
        ByteBuffer out = ByteBuffer.allocate(48);
        IndexFormat.putSegment(out, 0, segment(0, false), SegmentGrid.DEFAULT, 1_125, 1);
        assertTrue(IndexFormat.isIntact(out, 0));
        for (int bit = 0; bit < 48 * 8; bit++) {
            out.put(bit / 8, (byte) (out.get(bit / 8) ^ 1 << bit % 8));
            assertFalse(IndexFormat.isIntact(out, 0), "bit " + bit);
            out.put(bit / 8, (byte) (out.get(bit / 8) ^ 1 << bit % 8));
        }
    }

    @Test
    void aRecordThatIsNotAllThereIsNotIntact() {
        ByteBuffer out = ByteBuffer.allocate(96);
        IndexFormat.putSegment(out, 48, segment(0, false), SegmentGrid.DEFAULT, 1_125, 1);
        assertTrue(IndexFormat.isIntact(out, 48));
        assertFalse(IndexFormat.isIntact(out.limit(95), 48));
    }

    @Test
    void readsBackTheHeader() throws IOException {
        IndexFormat.Header header = new IndexFormat.Header(60_000, Integer.MAX_VALUE, 0, -1);
        assertEquals(header, IndexFormat.header(IndexFormat.encode(header)));
    }

    @Test
    void anyFlippedBitSpoilsTheHeader() {
        ByteBuffer header = IndexFormat.encode(new IndexFormat.Header(4_000, 7, 1_125, 0x1234abcd));
        for (int bit = 0; bit < 64 * 8; bit++) {
            header.put(bit / 8, (byte) (header.get(bit / 8) ^ 1 << bit % 8));
            assertThrows(CorruptArchiveException.class, () -> IndexFormat.header(header), "bit " + bit);
            header.put(bit / 8, (byte) (header.get(bit / 8) ^ 1 << bit % 8));
        }
    }

    @ParameterizedTest
    @CsvSource({"999, 0, 1125", "60001, 0, 1125", "4000, 0, -1", "0, 0, 0"})
    void aHeaderWithValuesOutOfBoundsIsCorrupt(int period, int ordinal, int initBytes) {
        ByteBuffer header = IndexFormat.encode(new IndexFormat.Header(period, ordinal, initBytes, 0));
        assertThrows(CorruptArchiveException.class, () -> IndexFormat.header(header));
    }

    @Test
    void saysWhichVersionItCannotRead() {
        ByteBuffer header = IndexFormat.encode(new IndexFormat.Header(4_000, 7, 1_125, 0x1234abcd));
        header.putShort(8, (short) 4).putInt(60, (int) Long.parseLong(crc(hex(header, 0, 60)), 16));
        NewerArchiveException refused = assertThrows(NewerArchiveException.class, () -> IndexFormat.header(header));
        assertEquals("index version 4, this software reads up to 3", refused.getMessage());
    }

    private static Segment segment(long lateMicros, boolean independent) {
        long start = SegmentGrid.DEFAULT.startUtcMicros(NUMBER) + lateMicros;
        return new Segment(TAKE, NUMBER, start, 4_000_000, 1_000_000, 10_000, independent);
    }

    private static String crc(String digits) {
        CRC32C crc = new CRC32C();
        crc.update(HexFormat.of().parseHex(digits));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    @SuppressWarnings("ByteBufferBackingArray") // They were allocated.
    private static String hex(ByteBuffer bytes, int from, int length) {
        return HexFormat.of().formatHex(bytes.array(), from, from + length);
    }
}
