package org.red5.dvr.media;

/** Reads AAC configurations (AudioSpecificConfig, ISO/IEC 14496-3 section 1.6.2.1). */
public final class Aac {
    private static final int[] RATES = {
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350
    };

    private Aac() {}

    /**
     * The configuration in an AudioSpecificConfig. With spectral band replication the sample rate is the core's.
     *
     * @throws CorruptMediaException when it is too short or names no sample rate
     */
    public static AudioConfig parse(byte[] record) throws CorruptMediaException {
        BitReader in = new BitReader(record, 0, record.length);
        int objectType = objectType(in);
        int sampleRate = sampleRate(in);
        int channelConfiguration = in.bits(4);
        String rfc6381 = "mp4a.40." + objectType;
        if (objectType == 5 || objectType == 29) {
            sampleRate(in);
            objectType = objectType(in);
        }
        int frameTicks = 1_024;
        if (objectType == 2 || objectType == 1 || objectType == 4) {
            frameTicks = in.flag() ? 960 : 1_024;
        }
        return new AudioConfig(
                AudioCodec.AAC, rfc6381, sampleRate, channels(channelConfiguration), frameTicks, record.clone());
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

    private static int channels(int configuration) {
        return switch (configuration) {
            case 1, 2, 3, 4, 5, 6 -> configuration;
            case 7, 12, 14 -> 8;
            case 11 -> 7;
            default -> 2;
        };
    }
}
