package org.red5.dvr.media;

import java.util.Optional;

/** An access unit that is heard as nothing. */
public final class Silence {
    private static final int AAC_LC = 2;
    private static final int SBR = 5;
    private static final int PARAMETRIC_STEREO = 29;
    private static final int EXPLICIT_FREQUENCY = 15;

    private static final String SINGLE = "000";
    private static final String PAIR = "001";
    private static final String LOW_FREQUENCY = "011";
    private static final String END = "111";
    /** Global gain, an {@code ics_info} of no bands, and three tools that are not used. */
    private static final String WINDOW = "0".repeat(11);

    private static final String CHANNEL = "0".repeat(8 + 3);

    /** One frame of 20 ms in the mode for music, of which nothing is coded (RFC 6716, section 3.1). */
    private static final byte[] OPUS = {(byte) 0xf8, (byte) 0xff, (byte) 0xfe};

    private Silence() {}

    /** Lasts as long as the configuration's access units; empty where none is known for it. */
    public static Optional<byte[]> of(AudioConfig config) {
        return switch (config.codec()) {
            case AAC -> aac(config.record());
            case OPUS -> config.channels() <= 2 ? Optional.of(OPUS.clone()) : Optional.empty();
            case MP3 -> Optional.empty();
        };
    }

    /** A {@code raw_data_block} (ISO/IEC 14496-3, 4.4.2.1) of the elements that its channel configuration has. */
    private static Optional<byte[]> aac(byte[] specific) {
        int objectType = (specific[0] & 0xff) >> 3;
        boolean isKnown = objectType == AAC_LC || objectType == SBR || objectType == PARAMETRIC_STEREO;
        int frequency = (specific[0] & 7) << 1 | (specific[1] & 0x80) >> 7;
        if (!isKnown || frequency == EXPLICIT_FREQUENCY) {
            return Optional.empty();
        }
        return switch (specific[1] >> 3 & 0xf) {
            case 1 -> Optional.of(block(SINGLE));
            case 2 -> Optional.of(block(PAIR));
            case 3 -> Optional.of(block(SINGLE, PAIR));
            case 4 -> Optional.of(block(SINGLE, PAIR, SINGLE));
            case 5 -> Optional.of(block(SINGLE, PAIR, PAIR));
            case 6 -> Optional.of(block(SINGLE, PAIR, PAIR, LOW_FREQUENCY));
            case 7 -> Optional.of(block(SINGLE, PAIR, PAIR, PAIR, LOW_FREQUENCY));
            default -> Optional.empty();
        };
    }

    private static byte[] block(String... elements) {
        StringBuilder bits = new StringBuilder();
        int singles = 0;
        int pairs = 0;
        for (String element : elements) {
            boolean isPair = element.equals(PAIR);
            int tag = isPair ? pairs++ : element.equals(SINGLE) ? singles++ : 0;
            bits.append(element)
                    .append(String.format("%4s", Integer.toBinaryString(tag)).replace(' ', '0'));
            bits.append(isPair ? "1" + WINDOW + "00" + CHANNEL + CHANNEL : "0".repeat(8) + WINDOW + "000");
        }
        bits.append(END);
        byte[] bytes = new byte[(bits.length() + 7) / 8];
        for (int i = 0; i < bits.length(); i++) {
            bytes[i / 8] |= (byte) (bits.charAt(i) - '0' << 7 - i % 8);
        }
        return bytes;
    }
}
