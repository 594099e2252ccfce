package org.red5.dvr.media.flv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.RealConfigurations;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.VideoConfig;

/** What encoders send becomes what MP4 wants, and what is right already is passed on as it is. */
class MediaReaderTest {
    private static final int ROUNDS = 400;
    private static final byte[] SPS = HexFormat.of().parseHex("6742c01fda014016e4");
    private static final byte[] OTHER_SPS =
            HexFormat.of().parseHex("6742c01ed900a02ff9701100000300010000" + "0300320f162e48");
    private static final byte[] PPS = HexFormat.of().parseHex("68ce3c80");
    private static final byte[] IDR = {0x65, (byte) 0x88, 0x11, 0x22};
    private static final byte[] SLICE = {0x41, (byte) 0x9a, 0x33, 0x44};
    /** The first slice of a picture that needs no other. */
    private static final byte[] INTRA = {0x41, (byte) 0xb8, 0x33, 0x44};

    private static final byte[] REST_OF_SLICE = {0x41, 0x5a, 0x33, 0x44};
    private static final byte[] RECOVERY_POINT = {0x06, 0x06, 0x01, (byte) 0xc4, (byte) 0x80};

    private final MediaReader reader = new MediaReader();
    private final List<FlvPacket> read = new ArrayList<>();

    @Test
    void whatIsRightAlreadyIsPassedOnAsItIs() {
        for (List<FlvCorpus.Tag> publish : FlvCorpus.publishes()) {
            MediaReader reader = new MediaReader();
            for (FlvCorpus.Tag tag : publish) {
                for (FlvPacket packet : reader.read(tag.video(), tag.timestampMillis(), 0, tag.body())) {
                    assertFalse(packet instanceof FlvPacket.NotRecorded, packet.toString());
                    if (packet instanceof FlvPacket.Frame frame) {
                        assertEquals(frame.data().length, frame.offset() + frame.length());
                    }
                    if (packet instanceof FlvPacket.Frame frame && frame.data() == tag.body()) {
                        assertEquals(!frame.video() || FlvBodies.isKeyFrame(tag.body()), frame.key());
                    }
                }
            }
        }
        List<FlvCorpus.Tag> tags = FlvCorpus.publishes().get(0);
        tags.forEach(tag -> read(tag.video(), tag.timestampMillis(), tag.body()));
        read.addAll(reader.end());
        List<byte[]> sent = tags.stream()
                .map(FlvCorpus.Tag::body)
                .filter(body -> body.length > 5 && body[1] == 1)
                .toList();
        List<FlvPacket.Frame> frames = frames();
        assertEquals(sent.size(), frames.size());
        for (int i = 0; i < sent.size(); i++) {
            assertSame(sent.get(i), frames.get(i).data());
        }
    }

    @Test
    void howeverItIsPackedThePicturesAreTheSame() {
        List<FlvCorpus.Tag> tags = FlvCorpus.publishes().get(0);
        List<String> plain = content(tags);
        Random seeds = new Random(8);
        for (int round = 0; round < ROUNDS; round++) {
            long seed = seeds.nextLong();
            MangledPublish encoder = MangledPublish.byChance(new Random(seed));
            assertEquals(plain, content(encoder.mangle(tags)), () -> "seed " + seed + ": " + encoder);
        }
    }

    /** Of each access unit its time, whether it is a key frame, and its slices or sound; the size of pictures before the first. */
    private static List<String> content(List<FlvCorpus.Tag> tags) {
        MediaReader reader = new MediaReader();
        List<FlvPacket> packets = new ArrayList<>();
        tags.forEach(tag -> packets.addAll(reader.read(tag.video(), tag.timestampMillis(), 0, tag.body())));
        packets.addAll(reader.end());
        List<String> content = new ArrayList<>();
        String size = "unknown";
        String rate = "unknown";
        for (FlvPacket packet : packets) {
            if (packet instanceof FlvPacket.VideoConfiguration video) {
                size = video.config().width() + "x" + video.config().height();
            } else if (packet instanceof FlvPacket.AudioConfiguration audio) {
                rate = audio.config().sampleRate() + "/" + audio.config().channels();
            } else if (packet instanceof FlvPacket.Frame frame) {
                byte[] data = Arrays.copyOfRange(frame.data(), frame.offset(), frame.offset() + frame.length());
                content.add(frame.timestampMillis() + " " + frame.key() + " "
                        + (frame.video() ? size + slices(data) : rate + Arrays.hashCode(data)));
            } else {
                content.add(packet.toString());
            }
        }
        content.sort(null);
        return content;
    }

    private static String slices(byte[] data) {
        StringBuilder slices = new StringBuilder();
        for (byte[] unit : MangledPublish.units(MangledPublish.join(new byte[5], data))) {
            if ((unit[0] & 0x1f) == 1 || (unit[0] & 0x1f) == 5) {
                slices.append(' ').append(Arrays.hashCode(unit));
            }
        }
        return slices.toString();
    }

    @Test
    void aChangeOfTheParameterSetsWithThePicturesIsOneOfTheConfiguration() {
        picture(0, true, SPS, PPS, IDR);
        picture(40, false, SLICE);
        picture(80, true, OTHER_SPS, PPS, IDR);
        picture(120, true, OTHER_SPS, PPS, IDR);
        picture(160, true, SPS, PPS, IDR);
        read.addAll(reader.end());
        assertEquals(List.of("1280x720", "640x360", "1280x720"), sizes());
        assertEquals(5, frames().size());
    }

    @Test
    void aSequenceHeaderThatCannotBeReadIsSaidAndParameterSetsWithThePicturesMakeUpForIt() {
        read(true, 0, hex("17 00 000000 0142c01fffe1000467420000"));
        assertEquals(1, faults().size());
        assertTrue(faults().get(0).wholeTrack());
        picture(0, true, IDR);
        picture(40, true, SPS, PPS, IDR);
        picture(80, false, SLICE);
        assertEquals(List.of("1280x720"), sizes());
        assertEquals(1, faults().size());
    }

    @Test
    void aHeaderThatNeverComesIsSaidOnce() {
        for (int i = 0; i < 300; i++) {
            picture(i * 40, i % 50 == 0, i % 50 == 0 ? IDR : SLICE);
            read(false, i * 40, hex("af 01 21 10 05"));
        }
        assertEquals(
                List.of(
                        "no audio sequence header, and no ADTS headers in the packets",
                        "no video sequence header, and no parameter sets with the pictures"),
                faults().stream().map(FlvPacket.NotRecorded::why).sorted().toList());
    }

    @ParameterizedTest
    @CsvSource({"true, true", "false, true"})
    void aRecoveryPointIsAKeyFrame(boolean flagged, boolean key) {
        picture(0, true, SPS, PPS, IDR);
        picture(40, flagged, RECOVERY_POINT, SLICE);
        picture(80, false, SLICE);
        assertEquals(List.of(true, key, false), keys());
    }

    @Test
    void ofAnIntraPictureTheFlagIsBelievedUntilItIsWrong() {
        picture(0, true, SPS, PPS, IDR);
        picture(40, true, INTRA);
        picture(80, false, INTRA);
        picture(120, true, SLICE);
        picture(160, true, INTRA);
        picture(200, false, SLICE);
        assertEquals(List.of(true, true, false, false, false, false), keys());
    }

    @Test
    void anEncoderWithoutIdrPicturesHasKeyFramesAllTheSame() {
        picture(0, false, SPS, PPS, INTRA);
        picture(40, false, SLICE);
        picture(80, false, SPS, PPS, INTRA);
        picture(120, false, INTRA);
        assertEquals(List.of(true, false, true, false), keys());
    }

    @Test
    void slicesInPacketsOfTheirOwnAreOnePicture() {
        picture(0, true, SPS, PPS, IDR);
        read(false, 10, hex("af 01 21 10 05"));
        picture(0, true, REST_OF_SLICE);
        picture(40, false, SLICE);
        picture(40, false, REST_OF_SLICE);
        picture(40, false, REST_OF_SLICE);
        picture(80, false, SLICE);
        read.addAll(reader.end());
        List<FlvPacket.Frame> pictures =
                frames().stream().filter(FlvPacket.Frame::video).toList();
        assertEquals(
                List.of(4, 3, 1), pictures.stream().map(MediaReaderTest::units).toList());
        assertEquals(List.of(true, false, false), keys());
        // The sound stays behind the picture that it came behind.
        assertFalse(frames().get(1).video());
    }

    @Test
    void infoThatNoDecoderCanReadIsLeftOutWhereverItStands() {
        byte[] unreadable = {0x06, 0x05, 0x04, 'a', 'b', 'c', 'd', (byte) 0x80};
        picture(0, true, SPS, PPS, unreadable, IDR);
        picture(40, false, unreadable);
        picture(40, false, SLICE);
        picture(80, false, RECOVERY_POINT, unreadable, SLICE);
        read.addAll(reader.end());
        assertEquals(
                List.of(3, 1, 2), frames().stream().map(MediaReaderTest::units).toList());
        assertEquals(List.of(), faults());
    }

    /** Searching each byte of a plain stream for start codes would cost more than all else. */
    @Test
    void startCodesInsideOfLengthsAreSearchedForWhereTheyShowAtTheBeginning() {
        byte[] twoSlices = RealConfigurations.hex("419a3344 000001 415a3344");
        MediaReader plain = new MediaReader();
        MediaReader inside = new MediaReader();
        for (int i = 0; i < 300; i++) {
            byte[] first = i % 50 == 0 ? body(true, SPS, PPS, IDR) : body(false, SLICE);
            plain.read(true, 40 * i, 0, first);
            inside.read(true, 40 * i, 0, i % 50 == 0 ? first : body(false, twoSlices));
        }
        byte[] last = body(false, twoSlices);
        read.addAll(plain.read(true, 12_000, 0, last));
        assertSame(last, frames().get(frames().size() - 1).data());
        read.clear();
        read.addAll(inside.read(true, 12_000, 0, last));
        assertEquals(2, units(frames().get(frames().size() - 1)));
    }

    @Test
    void severalPicturesInAPacketAreSeveral() {
        picture(0, true, SPS, PPS, IDR);
        picture(40, false, new byte[] {0x09, (byte) 0xf0}, SLICE, REST_OF_SLICE, new byte[] {0x09, (byte) 0xf0}, SLICE);
        read.addAll(reader.end());
        assertEquals(
                List.of(3, 3, 2), frames().stream().map(MediaReaderTest::units).toList());
        assertEquals(
                List.of(0, 40, 40),
                frames().stream().map(FlvPacket.Frame::timestampMillis).toList());
    }

    @Test
    void aUnitThatRunsPastTheEndCostsThePicture() {
        picture(0, true, SPS, PPS, IDR);
        picture(40, false, SLICE);
        byte[] cut = body(false, SLICE);
        read(true, 80, Arrays.copyOf(cut, cut.length - 1));
        picture(120, false, SLICE);
        assertEquals(3, frames().size());
        assertEquals(
                "NAL unit that runs past the end of its packet", faults().get(0).why());
        assertFalse(faults().get(0).wholeTrack());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void lengthsMayBeShorter(int bytes) {
        byte[] record = HexFormat.of().parseHex("0142c01fffe100096742c01fda014016e401000468ce3c80");
        record[4] = (byte) (0xfc | bytes - 1);
        read(true, 0, MangledPublish.join(hex("17 00 000000"), record));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(hex("17 01 000000"));
        for (int i = bytes - 1; i >= 0; i--) {
            body.write(i == 0 ? IDR.length : 0);
        }
        body.writeBytes(IDR);
        read(true, 0, body.toByteArray());
        read.addAll(reader.end());
        assertArrayEquals(
                record, ((FlvPacket.VideoConfiguration) read.get(0)).config().record());
        assertSame(5, frames().get(0).offset());
        // A record that is wrong about it is put right, as are start codes.
        picture(40, true, IDR);
        read.addAll(reader.end());
        List<FlvPacket> configurations = read.stream()
                .filter(FlvPacket.VideoConfiguration.class::isInstance)
                .toList();
        assertEquals(2, configurations.size());
        assertEquals(
                0xff,
                ((FlvPacket.VideoConfiguration) configurations.get(1)).config().record()[4] & 0xff);
        assertEquals(List.of(true, true), keys());
    }

    @Test
    void parameterSetsMakeTheRecordThatTheyCameFrom() {
        for (byte[] record : List.of(
                RealConfigurations.AVC_1280X720, RealConfigurations.AVC_10_BIT, RealConfigurations.AVC_640X360)) {
            MangledPublish encoder = new MangledPublish();
            encoder.header = MangledPublish.Header.WITH_START_CODES;
            List<FlvCorpus.Tag> mangled = encoder.mangle(
                    List.of(new FlvCorpus.Tag(true, 0, MangledPublish.join(hex("17 00 000000"), record))));
            FlvPacket packet =
                    new MediaReader().read(true, 0, 0, mangled.get(0).body()).get(0);
            assertArrayEquals(
                    record, ((FlvPacket.VideoConfiguration) packet).config().record());
        }
    }

    @Test
    void h265WithItsParameterSetsInThePictures() throws Exception {
        List<FlvCorpus.Tag> tags = FlvCorpus.publishes().get(1);
        FlvCorpus.Tag header = tags.stream()
                .filter(tag -> tag.video() && FlvBodies.isVideoConfiguration(tag.body()))
                .findFirst()
                .orElseThrow();
        read(true, 0, MangledPublish.join(hex("93 68766331"), setsOfHevc(header.body())));
        tags.stream()
                .filter(tag -> tag.video() && !FlvBodies.isVideoConfiguration(tag.body()))
                .forEach(tag -> {
                    byte[] body = tag.body().clone();
                    if (FlvBodies.isKeyFrame(body) && (body[0] & 0xf) == 1) {
                        body[0] = (byte) 0xa1; // Flagged as no key frame.
                    }
                    read(true, tag.timestampMillis(), body);
                });
        read.addAll(reader.end());
        List<Boolean> flags = tags.stream()
                .filter(tag -> tag.video() && !FlvBodies.isVideoConfiguration(tag.body()))
                .filter(tag -> (tag.body()[0] & 0xf) == 1 || (tag.body()[0] & 0xf) == 3)
                .map(tag -> FlvBodies.isKeyFrame(tag.body()))
                .toList();
        assertEquals(flags, keys());
        VideoConfig made = ((FlvPacket.VideoConfiguration) read.get(0)).config();
        byte[] record = Arrays.copyOfRange(header.body(), 5, header.body().length);
        assertEquals(VideoCodec.H265.parse(record).toString(), made.toString());
        // But for the encoder's SEI, and for the flags that say that an array of parameter sets is complete.
        assertArrayEquals(Arrays.copyOf(record, 22), Arrays.copyOf(made.record(), 22));
    }

    /** The parameter sets of a sequence header, each with its length. */
    private static byte[] setsOfHevc(byte[] header) {
        ByteBuffer in = ByteBuffer.wrap(header, 5 + 22, header.length - 27);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int arrays = in.get();
        for (int i = 0; i < arrays; i++) {
            in.get();
            for (int count = in.getShort(); count > 0; count--) {
                byte[] set = new byte[in.getShort()];
                in.get(set);
                out.writeBytes(ByteBuffer.allocate(4).putInt(set.length).array());
                out.writeBytes(set);
            }
        }
        return out.toByteArray();
    }

    @Test
    void av1WithoutASequenceHeaderTakesTheOneWithThePictures() {
        List<FlvCorpus.Tag> tags = FlvCorpus.publishes().get(2);
        List<VideoConfig> plain = new ArrayList<>();
        for (FlvCorpus.Tag tag : tags) {
            for (FlvPacket packet : new MediaReader().read(tag.video(), 0, 0, tag.body())) {
                if (packet instanceof FlvPacket.VideoConfiguration video) {
                    plain.add(video.config());
                }
            }
        }
        tags.stream()
                .filter(tag -> tag.video() && !FlvBodies.isVideoConfiguration(tag.body()))
                .forEach(tag -> read(true, tag.timestampMillis(), tag.body()));
        assertEquals(List.of(plain.get(0).width() + "x" + plain.get(0).height()), sizes());
        assertTrue(frames().get(0).key());
        assertFalse(frames().get(1).key());
    }

    @Test
    void severalAdtsFramesInAPacketFollowEachOther() {
        byte[] frame = MangledPublish.join(MangledPublish.adtsHeader(3), new byte[] {0x21, 0x10, 0x05});
        read(false, 100, MangledPublish.join(hex("af 01"), MangledPublish.join(frame, frame)));
        assertEquals(
                List.of(100, 121),
                frames().stream().map(FlvPacket.Frame::timestampMillis).toList());
        assertEquals(
                List.of(3, 3), frames().stream().map(FlvPacket.Frame::length).toList());
        AudioConfig config = ((FlvPacket.AudioConfiguration) read.get(0)).config();
        assertEquals("mp4a.40.2 48000 Hz 1 channels", config.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "af 00 1690, sample rate index 13",
        "af 00 17, ends early",
        "af 00 1180 000000000000, 0 channels",
        "af 00 11c8, 0 channels",
        "af 01 56e003 212223, LATM",
    })
    void saysWhatSoundCannotBeRecorded(String body, String why) {
        read(false, 0, hex(body));
        assertEquals(1, faults().size(), read.toString());
        assertTrue(faults().get(0).why().contains(why), faults().get(0).why());
        assertTrue(faults().get(0).wholeTrack());
        assertEquals(List.of(), frames());
    }

    @Test
    void channelsThatAProgramSaysAreCounted() {
        // AAC-LC, 48 kHz, channel configuration 0; front: one single and one pair, one for low frequencies.
        read(false, 0, hex("af 00 1180 04 c8 20 04 04 08 00"));
        assertEquals(1, read.size());
    }

    private void picture(int millis, boolean flagged, byte[]... units) {
        read(true, millis, body(flagged, units));
    }

    private static byte[] body(boolean flagged, byte[]... units) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(hex(flagged ? "17 01 000000" : "27 01 000000"));
        for (byte[] unit : units) {
            body.writeBytes(ByteBuffer.allocate(4).putInt(unit.length).array());
            body.writeBytes(unit);
        }
        return body.toByteArray();
    }

    private void read(boolean video, int millis, byte[] body) {
        read.addAll(reader.read(video, millis, millis * 1_000L, body));
    }

    private List<FlvPacket.Frame> frames() {
        return read.stream()
                .filter(FlvPacket.Frame.class::isInstance)
                .map(FlvPacket.Frame.class::cast)
                .toList();
    }

    private List<Boolean> keys() {
        return frames().stream()
                .filter(FlvPacket.Frame::video)
                .map(FlvPacket.Frame::key)
                .toList();
    }

    private List<FlvPacket.NotRecorded> faults() {
        return read.stream()
                .filter(FlvPacket.NotRecorded.class::isInstance)
                .map(FlvPacket.NotRecorded.class::cast)
                .toList();
    }

    private List<String> sizes() {
        return read.stream()
                .filter(FlvPacket.VideoConfiguration.class::isInstance)
                .map(FlvPacket.VideoConfiguration.class::cast)
                .map(packet -> packet.config().width() + "x" + packet.config().height())
                .toList();
    }

    private static int units(FlvPacket.Frame frame) {
        byte[] data = Arrays.copyOfRange(frame.data(), frame.offset(), frame.offset() + frame.length());
        return MangledPublish.units(MangledPublish.join(new byte[5], data)).size();
    }

    private static byte[] hex(String digits) {
        return RealConfigurations.hex(digits);
    }
}
