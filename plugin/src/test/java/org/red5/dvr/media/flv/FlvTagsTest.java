package org.red5.dvr.media.flv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

class FlvTagsTest {
    private static final int MOST_BODY_BYTES = 1 << 20;
    private static final String HEADER = "464c5601 05 00000009 00000000";

    @Test
    void writesWhatTheStandardSays() {
        byte[] file = file(
                new FlvTag(FlvTag.VIDEO, 0x12345678, hex("17 01 000000 aa")),
                new FlvTag(FlvTag.AUDIO, 20, hex("af 01")));
        assertEquals(
                HexFormat.of()
                        .formatHex(hex(HEADER
                                + "09 000006 345678 12 000000 17 01 000000 aa 00000011"
                                + "08 000002 000014 00 000000 af 01 0000000d")),
                HexFormat.of().formatHex(file));
    }

    @Test
    void readsWhatIsWrittenInWhateverPieces() throws Exception {
        Random random = new Random(1);
        for (int run = 0; run < 200; run++) {
            List<FlvTag> sent = new ArrayList<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                byte[] body = new byte[random.nextInt(3) == 0 ? 0 : random.nextInt(9_000)];
                random.nextBytes(body);
                int type = random.nextBoolean() ? FlvTag.VIDEO : random.nextBoolean() ? FlvTag.AUDIO : FlvTag.SCRIPT;
                sent.add(new FlvTag(type, random.nextInt(), body));
            }
            ByteBuffer file = ByteBuffer.wrap(file(sent.toArray(FlvTag[]::new)));
            FlvTags tags = new FlvTags(MOST_BODY_BYTES);
            List<FlvTag> read = new ArrayList<>();
            while (file.hasRemaining()) {
                int length = Math.min(file.remaining(), random.nextInt(700));
                tags.read(file.slice(file.position(), length), read::add);
                file.position(file.position() + length);
            }
            assertEquals(sent.size(), read.size());
            for (int i = 0; i < sent.size(); i++) {
                assertEquals(sent.get(i).type(), read.get(i).type());
                assertEquals(sent.get(i).timestampMillis(), read.get(i).timestampMillis());
                assertArrayEquals(sent.get(i).body(), read.get(i).body());
            }
        }
    }

    @Test
    void readsALongerHeader() throws Exception {
        List<FlvTag> read = read(hex("464c5601 04 0000000c 000000 00000000 08 000001 000000 00 000000 2f"));
        assertEquals(1, read.size());
    }

    @ParameterizedTest
    @CsvSource({
        "3c68746d6c3e3c626f64793e, no FLV file",
        "464c5602 05 00000009, version",
        "464c5601 05 00000008, header of 8",
        "464c5601 05 ffffffff, header of 4294967295",
        "464c5601 05 00000009 00000001, followed by the size 1",
        "464c5601 05 00000009 00000000 08 000001 000000 00 000000 2f 0000000d, followed by the size 13",
        "464c5601 05 00000009 00000000 0a 000001 000000 00 000000, begins with 0a000001",
        "464c5601 05 00000009 00000000 89 000001 000000 00 000000, begins with 89000001",
        "464c5601 05 00000009 00000000 09 100001 000000 00 000000, begins with 09100001",
        "464c5601 05 00000009 00000000 09 000001 000000 00 000003, of stream 3",
    })
    void refusesWhatIsNoFlv(String bytes, String says) {
        CorruptMediaException error = assertThrows(CorruptMediaException.class, () -> read(hex(bytes)));
        assertTrue(error.getMessage().contains(says), error.getMessage());
    }

    @Test
    void refusesEncryptedTags() {
        assertThrows(UnsupportedMediaException.class, () -> read(hex(HEADER + "29 000001 000000 00 000000 2f")));
    }

    @Test
    void damageEndsInATypedErrorOrInTagsNoLongerThanAllowed() {
        Random random = new Random(2);
        byte[] whole = file(
                new FlvTag(FlvTag.VIDEO, 0, new byte[40]),
                new FlvTag(FlvTag.AUDIO, 10, new byte[8]),
                new FlvTag(FlvTag.VIDEO, 40, new byte[30]));
        int errors = 0;
        for (int run = 0; run < 20_000; run++) {
            try {
                for (FlvTag tag : read(DamagedBytes.damage(whole, random))) {
                    assertTrue(tag.body().length <= MOST_BODY_BYTES);
                }
            } catch (CorruptMediaException | UnsupportedMediaException e) {
                errors++;
            }
        }
        assertTrue(errors > 5_000, errors + " errors");
    }

    @Test
    void beginningsAreReadAsFarAsTheyGo() throws Exception {
        byte[] whole = file(new FlvTag(FlvTag.VIDEO, 0, new byte[40]), new FlvTag(FlvTag.AUDIO, 10, new byte[8]));
        int complete = 0;
        for (byte[] beginning : DamagedBytes.beginnings(whole)) {
            complete = Math.max(complete, read(beginning).size());
        }
        assertEquals(2, complete);
    }

    @Test
    void tellsKindsOfPackets() {
        assertKind("17 00 000000 01", true, false);
        assertKind("17 01 000000 65", false, true);
        assertKind("27 01 000000 41", false, false);
        assertKind("17 02 000000", false, false);
        assertKind("1c 00 000000 01", true, false);
        assertKind("12 84", false, true);
        assertKind("90 68766331 01", true, false);
        assertKind("91 68766331 000000 26", false, true);
        assertKind("93 61763031 0a", false, true);
        assertKind("a3 61763031 0a", false, false);
        assertKind("94 68766331 02", false, false);
        assertKind("57 01", false, false);
        assertKind("27 01 000000 00000002 6588", false, true);
        assertKind("17 01 000000 00000002 419a", false, false);
        assertKind("17 01 000000 00000002 41b8", false, true);
        assertKind("27 01 000000 00000005 06060184 80 00000002 419a", false, true);
        assertKind("27 01 000000 00000002 67ff 00000002 6588", false, true);
        assertKind("27 01 000000 000001 09f0 000001 6588", false, true);
        assertKind("17 01 000000 00000001 09f0 00000001 419a", false, false);
        assertKind("2c 01 000000 00000003 260180", false, true);
        assertKind("91 68766331 000000 00000003 020180", false, false);
        assertKind("17", false, false);
        assertKind("", false, false);
        assertTrue(FlvBodies.isAudioConfiguration(hex("af 00 1190")));
        assertTrue(FlvBodies.isAudioConfiguration(hex("90 4f707573")));
        assertEquals(false, FlvBodies.isAudioConfiguration(hex("af 01 21")));
        assertEquals(false, FlvBodies.isAudioConfiguration(hex("91 4f707573")));
        assertEquals(false, FlvBodies.isAudioConfiguration(hex("2f ff")));
    }

    private static void assertKind(String body, boolean configuration, boolean keyFrame) {
        assertEquals(configuration, FlvBodies.isVideoConfiguration(hex(body)), body);
        assertEquals(keyFrame, FlvBodies.isKeyFrame(hex(body)), body);
    }

    private static List<FlvTag> read(byte[] bytes) throws CorruptMediaException, UnsupportedMediaException {
        List<FlvTag> read = new ArrayList<>();
        new FlvTags(MOST_BODY_BYTES).read(ByteBuffer.wrap(bytes), read::add);
        return read;
    }

    private static byte[] file(FlvTag... tags) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        write(file, FlvWriter.header());
        for (FlvTag tag : tags) {
            FlvWriter.tag(tag).forEach(piece -> write(file, piece));
        }
        return file.toByteArray();
    }

    private static void write(ByteArrayOutputStream to, ByteBuffer piece) {
        byte[] bytes = new byte[piece.remaining()];
        piece.get(bytes);
        to.write(bytes, 0, bytes.length);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}
