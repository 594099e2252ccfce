package org.red5.dvr.media;

import java.util.Optional;
import org.red5.dvr.media.bitstream.BitReader;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Reads AAC configurations (AudioSpecificConfig, ISO/IEC 14496-3 section 1.6.2.1). */
public final class Aac {
    private static final int[] RATES = {
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350
    };

    /** Object types (table 1.17). */
    private static final int LOW_COMPLEXITY = 2;

    private static final int SBR = 5;

    private static final int PS = 29;
    private static final int ER_LD = 23;
    private static final int ER_ELD = 39;
    private static final int USAC = 42;

    private static final int USAC_EXPLICIT_RATE = 0x1f;
    private static final int USUAL_TICKS = 1_024;
    /** More than any layout of loudspeakers has. */
    private static final int MOST_CHANNELS = 24;

    private Aac() {}

    /**
     * The configuration in an AudioSpecificConfig. With spectral band replication the sample rate is the core's.
     *
     * @throws CorruptMediaException when it is too short, or names no object type, sample rate or channels
     */
    public static AudioConfig parse(byte[] record) throws CorruptMediaException {
        return parse(record, true);
    }

    /** The same for one that was recorded: earlier versions took two channels for granted where it names none. */
    public static AudioConfig parseRecorded(byte[] record) throws CorruptMediaException {
        return parse(record, false);
    }

    /** AAC-LC of one to six or eight channels in the usual order; empty where a configuration of two bytes cannot say it. */
    public static Optional<AudioConfig> lowComplexity(int sampleRate, int channels) {
        int configuration = channels == 8 ? 7 : channels;
        for (int index = 0; index < RATES.length; index++) {
            if (RATES[index] == sampleRate && channels > 0 && channels != 7 && channels <= 8) {
                int bits = LOW_COMPLEXITY << 11 | index << 7 | configuration << 3;
                byte[] record = {(byte) (bits >> 8), (byte) bits};
                String rfc6381 = "mp4a.40." + LOW_COMPLEXITY;
                return Optional.of(new AudioConfig(AudioCodec.AAC, rfc6381, sampleRate, channels, USUAL_TICKS, record));
            }
        }
        return Optional.empty();
    }

    private static AudioConfig parse(byte[] record, boolean strict) throws CorruptMediaException {
        BitReader in = new BitReader(record, 0, record.length);
        int objectType = objectType(in);
        int sampleRate = sampleRate(in);
        int channelConfiguration = in.bits(4);
        String rfc6381 = "mp4a.40." + objectType;
        if (objectType == SBR || objectType == PS) {
            sampleRate(in);
            objectType = objectType(in);
        }
        int frameTicks = switch (objectType) {
            case 1, 2, 3, 4, 17, 19, 20 -> in.flag() ? 960 : USUAL_TICKS;
            case ER_LD, ER_ELD -> in.flag() ? 480 : 512;
            case USAC -> usacFrameTicks(in);
            default -> USUAL_TICKS;
        };
        int channels = channels(channelConfiguration);
        if (channelConfiguration == 0 && objectType < 5) {
            channels = strict ? channelsOfProgram(in) : channelsOfProgramIfSaid(in);
        }
        if (strict && (objectType == 0 || channels == 0 || channels > MOST_CHANNELS)) {
            throw new CorruptMediaException("AAC object type " + objectType + ", channel configuration "
                    + channelConfiguration + ", which is " + channels + " channels");
        }
        return new AudioConfig(
                AudioCodec.AAC, rfc6381, sampleRate, channels == 0 ? 2 : channels, frameTicks, record.clone());
    }

    private static int channelsOfProgramIfSaid(BitReader in) {
        try {
            int channels = channelsOfProgram(in);
            return channels > MOST_CHANNELS ? 0 : channels;
        } catch (CorruptMediaException e) {
            return 0;
        }
    }

    /** Reads on behind {@code frameLengthFlag} to the program_config_element (section 4.4.1.1), and counts. */
    private static int channelsOfProgram(BitReader in) throws CorruptMediaException {
        in.bits(in.flag() ? 14 : 0);
        in.bits(1 + 4 + 2 + 4);
        int elements = in.bits(4) + in.bits(4) + in.bits(4);
        int lowFrequency = in.bits(2);
        in.bits(3 + 4);
        in.bits(in.flag() ? 4 : 0);
        in.bits(in.flag() ? 4 : 0);
        in.bits(in.flag() ? 3 : 0);
        int channels = lowFrequency;
        for (int i = 0; i < elements; i++) {
            channels += in.flag() ? 2 : 1;
            in.bits(4);
        }
        return channels;
    }

    /** The output frame's length (ISO/IEC 23003-3 section 5.3.2, table 70). */
    private static int usacFrameTicks(BitReader in) throws CorruptMediaException {
        in.bits(in.bits(5) == USAC_EXPLICIT_RATE ? 24 : 0);
        return switch (in.bits(3)) {
            case 0 -> 768;
            case 2, 3 -> 2_048;
            case 4 -> 4_096;
            default -> USUAL_TICKS;
        };
    }

    private static int objectType(BitReader in) throws CorruptMediaException {
        int type = in.bits(5);
        return type == 31 ? 32 + in.bits(6) : type;
    }

    private static int sampleRate(BitReader in) throws CorruptMediaException {
        int index = in.bits(4);
        int rate = index == 15 ? in.bits(24) : index < RATES.length ? RATES[index] : 0;
        if (rate < 1_000 || rate > 192_000) {
            throw new CorruptMediaException("AAC sample rate index " + index + ", " + rate + " Hz");
        }
        return rate;
    }

    /** Table 1.19; 0 where none are said, or what they are is not known. */
    private static int channels(int configuration) {
        return switch (configuration) {
            case 1, 2, 3, 4, 5, 6 -> configuration;
            case 7, 12, 14 -> 8;
            case 11 -> 7;
            default -> 0;
        };
    }
}
