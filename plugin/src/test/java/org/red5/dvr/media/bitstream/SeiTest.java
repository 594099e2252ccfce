package org.red5.dvr.media.bitstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.media.RealConfigurations;

/** Messages that a decoder would stumble over are told from others. */
class SeiTest {
    private static final String UUID = "000102030405060708090a0b0c0d0e0f";

    @ParameterizedTest
    @CsvSource({
        "06 05 10 " + UUID + " 80, true, user data",
        "06 05 12 " + UUID + " 6162 80, true, user data with text",
        "06 01 02 1234 06 01 c4 80, true, several messages",
        "06 01 02 1234, true, no trailing bits",
        "06 01 02 0000, true, no trailing bits behind noughts",
        "06 01 02 1234 80 0000, true, noughts behind",
        "06 80 01 12 80, true, a type like trailing bits",
        "06 ff 02 01 12 80, true, a type of two bytes",
        "06 00 03 00 0003 00 80, true, an emulation prevention byte does not count",
        "06 80, true, nothing",
        "06 05 04 61626364 80, false, user data without all of its UUID",
        "06 04 02 b500 80, false, user data without a provider",
        "06 01 03 1234 80, false, a message that runs past the end",
        "06 05 ff 02 " + UUID + " 80, false, a long message that runs past the end",
        "06 06 01 c4 01 80, false, a message without a size",
        "06 ffff, false, a type that does not end",
    })
    void isReadableWhenItsMessagesAreWhole(String unit, boolean readable, String why) {
        assertEquals(readable, h264(unit).readable(), why);
    }

    @ParameterizedTest
    @CsvSource({
        "06 06 01 c4 80, true",
        "06 01 02 1234 06 01 c4 80, true",
        "06 06 01 c4 05 04 61626364 80, true",
        "06 01 02 0601 80, false",
        "06 06 05 c4 80, false",
    })
    void isARecoveryPointWhenAMessageSaysSo(String unit, boolean recoveryPoint) {
        assertEquals(recoveryPoint, h264(unit).recoveryPoint());
    }

    @ParameterizedTest
    @CsvSource({"4e 01 05 04 61626364 80, false", "50 01 05 04 61626364 80, false", "4e 01 06 01 c4 80, true"})
    void readsThoseOfH265(String unit, boolean readable) {
        byte[] data = RealConfigurations.hex(unit);
        assertEquals(true, NalSyntax.H265.isSei(data, 0));
        assertEquals(readable, Sei.of(NalSyntax.H265, data, 0, data.length).readable());
    }

    private static Sei h264(String unit) {
        byte[] data = RealConfigurations.hex(unit);
        return Sei.of(NalSyntax.H264, data, 0, data.length);
    }
}
