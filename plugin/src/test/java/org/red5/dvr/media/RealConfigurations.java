package org.red5.dvr.media;

import java.util.HexFormat;

/** Codec configurations as encoders made them: x264 and ffmpeg's AAC by way of FLV, HE-AAC as its specification has it. */
public final class RealConfigurations {
    /** Main profile, 320 by 180: eight lines and no columns cropped. */
    public static final byte[] AVC_320X180 =
            hex("014d400cffe10019674d400ceca0a0cfcf80880000030008000003019078a14cb001000568ebe3cb20");
    /** Constrained baseline, 1920 by 1080: eight of 1088 lines cropped. */
    public static final byte[] AVC_1920X1080 =
            hex("0142c028ffe100196742c028da01e0089f97011000000300100000030320f1832a01000468ce0fc8");
    /** High profile, 1280 by 720. */
    public static final byte[] AVC_1280X720 =
            hex("0164001fffe1001a6764001facd9405005bb011000000300100000030320f183196001000668ebe3cb22c0fdf8f800");
    /** Constrained baseline, 640 by 360. */
    public static final byte[] AVC_640X360 =
            hex("0142c01effe100196742c01ed900a02ff97011000003000100000300320f162e4801000568cb83cb20");
    /** High profile, 1920 by 1080 in fields. */
    public static final byte[] AVC_INTERLACED =
            hex("01640028ffe1001a67640028acd94078044fde0220000003002000000643e2c5b2c001000668fba3cb22c0fdf8f800");
    /** High 4:2:2, 1278 by 718. */
    public static final byte[] AVC_422 =
            hex("017a001fffe1001b677a001fbcd9405005beaf011000000300100000030320f183196001000668ebe3cb22c0fef8f800");
    /** High 4:4:4 predictive, 638 by 356. */
    public static final byte[] AVC_444 =
            hex("01f4001effe1001b67f4001e919b281405fdc6e022000003000200000300641e2c5b2c01000668ebe3c44844fff8f800");
    /** High profile without colour, 322 by 182. */
    public static final byte[] AVC_GRAY =
            hex("0164000dffe1001b6764000df365054678f8bc05b2000003000200000300641e28532c01000668ebe3cb22c0fcf8f800");
    /** High 10, 1280 by 720. */
    public static final byte[] AVC_10_BIT =
            hex("016e001fffe1001a676e001fa6cd9405005bb011000003000100000300320f18319601000668ebe3cb22c0fdfafa00");

    /** H.265 Main profile, 322 by 182, by x265. */
    public static final byte[] HEVC_322X182 = hex(
            "0101600000009000000000003cf000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003003c959809"
                    + "210001002a42010101600000030090000003000003003ca00a480b9c9596566924caf0168080000003008000000c84"
                    + "22000100074401c172b46240");
    /** H.265 Main 10 profile, 1920 by 1080, by x265. */
    public static final byte[] HEVC_1920X1080_10_BIT = hex(
            "01022000000090000000000078f000fcfdfafa00000f03200001001840010c01ffff022000000300900000030000030078959409"
                    + "210001002d420101022000000300900000030000030078a003c0801107cad965654a4c2f0168080000030008000003"
                    + "00c84022000100064401c073c189");
    /** AV1 Main profile, 322 by 182, by SVT-AV1. */
    public static final byte[] AV1_322X182 = hex("81000c000a0b000000043d06d402f80040");
    /** AV1 Main profile with 10 bits, 322 by 182, by libaom. */
    public static final byte[] AV1_322X182_10_BIT = hex("81004c000a0b000000043d06d4daf94040");
    /** Opus in mono, as ffmpeg writes it: 312 samples of pre-skip, from 48 kHz. */
    public static final byte[] OPUS_HEAD_MONO = hex("4f70757348656164 01 01 3801 80bb0000 0000 00");
    /** MP3 of 44.1 kHz, mono, by LAME: the first bytes of a frame. */
    public static final byte[] MP3_44100_MONO = hex("fffb50c4000009d8");
    /** MP3 of 22.05 kHz, mono, by LAME. */
    public static final byte[] MP3_22050_MONO = hex("fff340c400133062");

    /** 720 by 576 samples of 64:45, with the colour matrix of PAL, by x264. */
    public static final byte[] AVC_ANAMORPHIC =
            hex("0142c01effe1001f6742c01eda02d049bff0040002d6a04040a80000030008000003019078b17501000468ce0fc8");
    /** The same with hybrid log-gamma. */
    public static final byte[] AVC_HLG =
            hex("0142c01effe1001f6742c01eda02d049bff0040002d6a12241280000030008000003019078b17501000468ce0fc8");
    /** H.265 Main 10, 720 by 576 samples of 16:11 with hybrid log-gamma, by x265 with many reference picture sets. */
    public static final byte[] HEVC_HLG = hex("0102200000009000000000005af000fcfdfafa00000f03"
            + "2000010018 40010c01ffff02200000030090000003000003005a959809"
            + "210001002d 42010102200000030090000003000003005aa005a200904d96566924caf046a122412080000003008000000c84"
            + "2200010007 4401c172b46240");
    /** The same with the perceptual quantizer. */
    public static final byte[] HEVC_PQ = hex("0102200000009000000000005af000fcfdfafa00000f03"
            + "2000010018 40010c01ffff02200000030090000003000003005a959409"
            + "210001002d 42010102200000030090000003000003005aa005a200904d965654a4c2f046a122012080000003008000000c84"
            + "2200010006 4401c073c189");
    /** AV1 with 10 bits, 720 by 576 samples, with hybrid log-gamma, by SVT-AV1. */
    public static final byte[] AV1_HLG = hex("81044c00 0a0f02000025266cf8fc02f85091209040");

    public static final byte[] AAC_44100_MONO = hex("120856e500");
    public static final byte[] AAC_48000_STEREO = hex("119056e500");
    public static final byte[] AAC_48000_5_1 = hex("11b056e500");
    public static final byte[] AAC_48000_7_1 = hex("11b856e500");
    public static final byte[] AAC_96000_STEREO = hex("101056e500");
    public static final byte[] AAC_8000_MONO = hex("158856e500");
    /** HE-AAC signalled explicitly: core at 22,050 Hz, 44,100 Hz with SBR, stereo. */
    public static final byte[] HE_AAC = hex("2b920800");
    /** HE-AAC v2: core at 22,050 Hz in mono, 44,100 Hz stereo with SBR and PS. */
    public static final byte[] HE_AAC_V2 = hex("eb8a0800");

    private RealConfigurations() {}

    public static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }
}
