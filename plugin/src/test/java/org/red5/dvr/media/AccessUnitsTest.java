package org.red5.dvr.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AccessUnitsTest {
    private static final byte[] H264_DELIMITER = {9, 0x10};
    private static final byte[] H265_DELIMITER = {0x46, 1, 0x10};

    /** Bare, behind a delimiter, and where one of them is there already: once each, in front of the slice. */
    @ParameterizedTest
    @EnumSource(
            value = VideoCodec.class,
            names = {"H264", "H265"})
    void parameterSetsStandInFrontOfAKeyFrameOnce(VideoCodec codec) {
        VideoConfig config = BlackPicture.of(codec).config();
        List<byte[]> whole = units(BlackPicture.of(codec).accessUnit());
        List<byte[]> sets = whole.subList(0, whole.size() - 1);
        byte[] slice = whole.get(whole.size() - 1);
        byte[] delimiter = codec == VideoCodec.H264 ? H264_DELIMITER : H265_DELIMITER;
        assertUnits(whole, AccessUnits.withParameterSets(config, sample(slice)));
        List<byte[]> delimited = new ArrayList<>(whole);
        delimited.add(0, delimiter);
        assertUnits(delimited, AccessUnits.withParameterSets(config, sample(delimiter, slice)));
        byte[] last = sets.get(sets.size() - 1);
        assertEquals(
                whole.size(),
                units(AccessUnits.withParameterSets(config, sample(last, slice)))
                        .size());
        Sample complete = sample(whole.toArray(byte[][]::new));
        assertSame(complete, AccessUnits.withParameterSets(config, complete));
    }

    @Test
    void av1StaysAsItCame() {
        VideoConfig config = BlackPicture.of(VideoCodec.AV1).config();
        Sample sample = sample(new byte[] {1, 2, 3});
        assertSame(sample, AccessUnits.withParameterSets(config, sample));
    }

    private static void assertUnits(List<byte[]> expected, Sample sample) {
        List<byte[]> found = units(sample);
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i), "unit " + i);
        }
    }

    private static Sample sample(byte[]... units) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] unit : units) {
            out.writeBytes(new byte[] {0, 0, (byte) (unit.length >> 8), (byte) unit.length});
            out.writeBytes(unit);
        }
        byte[] data = out.toByteArray();
        return new Sample(90_000, 3_600, true, data, 0, data.length);
    }

    private static List<byte[]> units(Sample sample) {
        assertEquals(90_000, sample.dtsTicks());
        assertEquals(3_600, sample.compositionOffsetTicks());
        byte[] data = new byte[sample.length()];
        System.arraycopy(sample.data(), sample.offset(), data, 0, data.length);
        return units(data);
    }

    private static List<byte[]> units(byte[] accessUnit) {
        List<byte[]> units = new ArrayList<>();
        int at = 0;
        while (at < accessUnit.length) {
            int length = (accessUnit[at + 2] & 0xff) << 8 | accessUnit[at + 3] & 0xff;
            byte[] unit = new byte[length];
            System.arraycopy(accessUnit, at + 4, unit, 0, length);
            units.add(unit);
            at += 4 + length;
        }
        return units;
    }
}
