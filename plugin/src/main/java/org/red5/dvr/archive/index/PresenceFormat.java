package org.red5.dvr.archive.index;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.red5.dvr.util.Crc32c;

/**
 * The bytes of a presence file, version 1; {@code docs/format-hour-file.md} is its page. All numbers are big endian.
 *
 * <pre>
 * header, 48 bytes                         states, one byte a record
 *  0 magic "R5DVRHER"                       0 not held
 *  8 u16 version                            1 here
 * 10 u16 1 when the hour came from          2 here, not forced to the disk
 *    elsewhere, 0 when it was recorded      3 damaged
 * 12 u32 how many records
 * 16 digest of the index, 16 bytes
 * 32 zeros
 * 40 u32 CRC-32C of the states
 * 44 u32 CRC-32C of bytes 0..43
 * </pre>
 */
public final class PresenceFormat {
    public static final int HEADER_BYTES = 48;

    private static final long MAGIC = 0x5235445652484552L;
    private static final int VERSION = 1;
    private static final int DIGEST_BYTES = 16;

    private PresenceFormat() {}

    /**
     * What a presence file says.
     *
     * @param isCopy whether the hour came from elsewhere: then its index is never made anew from the media
     * @param digest of the index that it is the presence of
     * @param records how many that index lists
     * @param presence empty when the states are torn: then the media says it, by the checksums of the index
     */
    public record Image(boolean isCopy, String digest, int records, Optional<Presence> presence) {
        /** The presence of an index; empty when this is of another one, or torn. */
        public Optional<Presence> of(HourIndex index) {
            return records == index.count() && digest.equals(index.digest()) ? presence : Optional.empty();
        }
    }

    /** The bytes of a whole file. */
    public static byte[] encode(boolean isCopy, HourIndex index) {
        byte[] states = index.presence().toBytes(index.count());
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + states.length);
        out.putLong(0, MAGIC).putShort(8, (short) VERSION).putShort(10, (short) (isCopy ? 1 : 0));
        out.putInt(12, states.length).put(16, HexFormat.of().parseHex(index.digest()));
        out.put(HEADER_BYTES, states);
        out.putInt(40, crc(states, 0, states.length));
        return out.putInt(44, crc(out.array(), 0, 44)).array();
    }

    /**
     * Reads a file.
     *
     * @throws CorruptArchiveException when its header is not whole
     * @throws NewerArchiveException when this software does not read its version
     */
    public static Image decode(byte[] file) throws CorruptArchiveException, NewerArchiveException {
        ByteBuffer in = ByteBuffer.wrap(file);
        if (file.length < HEADER_BYTES || in.getLong(0) != MAGIC || in.getInt(44) != crc(file, 0, 44)) {
            throw new CorruptArchiveException("not a presence file");
        }
        if (in.getShort(8) != VERSION) {
            throw new NewerArchiveException(
                    "presence version " + in.getShort(8) + ", this software reads up to " + VERSION);
        }
        byte[] digest = new byte[DIGEST_BYTES];
        in.get(16, digest);
        int records = in.getInt(12);
        boolean isWhole = records == file.length - HEADER_BYTES && in.getInt(40) == crc(file, HEADER_BYTES, records);
        Optional<Presence> presence = isWhole
                ? Optional.of(Presence.of(Arrays.copyOfRange(file, HEADER_BYTES, file.length)))
                : Optional.empty();
        return new Image(in.getShort(10) != 0, HexFormat.of().formatHex(digest), records, presence);
    }

    private static int crc(byte[] bytes, int from, int length) {
        return Crc32c.of(ByteBuffer.wrap(bytes, from, length));
    }
}
