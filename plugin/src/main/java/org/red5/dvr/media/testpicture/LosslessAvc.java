package org.red5.dvr.media.testpicture;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Writes pictures of few flat areas as H.264, Constrained Baseline, without any loss: a macroblock is as it was in the picture
 * before, or repeats the samples beside or above it, or its samples are there as they are (I_PCM). So nothing is
 * transformed or quantized, and there is nothing to code but which of these it is. Section numbers are those of ITU-T
 * H.264. Used by one thread.
 */
final class LosslessAvc {
    /** frame_num counts modulo this. */
    private static final int FRAME_NUMBERS = 16;

    private static final int NAL_SLICE = 0x41;
    private static final int NAL_IDR = 0x65;
    private static final int NAL_SPS = 0x67;
    private static final int NAL_PPS = 0x68;

    private static final int BASELINE = 66;
    /** constraint_set0_flag and constraint_set1_flag: Constrained Baseline. */
    private static final int CONSTRAINTS = 0xc0;

    private static final int LEVEL = 30;

    private static final int SLICE_P = 5;
    private static final int SLICE_I = 7;
    /** Added to an intra macroblock's type in a P slice (table 7-13). */
    private static final int INTRA_IN_P = 5;

    /** mb_type of Intra_16x16 without coefficients is this and the prediction mode (table 7-11). */
    private static final int I_16X16 = 1;

    private static final int I_PCM = 25;
    /** Intra16x16PredMode (table 8-4). */
    private static final int LUMA_VERTICAL = 0;

    private static final int LUMA_HORIZONTAL = 1;
    /** intra_chroma_pred_mode (table 8-5). */
    private static final int CHROMA_HORIZONTAL = 1;

    private static final int CHROMA_VERTICAL = 2;

    private final int columns;
    private final int rows;
    private final int framesPerSecond;
    private int frameNumber;
    private int idrNumber;

    LosslessAvc(int columns, int rows, int framesPerSecond) {
        this.columns = columns;
        this.rows = rows;
        this.framesPerSecond = framesPerSecond;
    }

    /** The AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1), with NAL unit lengths of four bytes. */
    byte[] configuration() {
        byte[] sps = nal(NAL_SPS, sequenceParameters());
        byte[] pps = nal(NAL_PPS, pictureParameters());
        return ByteBuffer.allocate(11 + sps.length + pps.length)
                .put(new byte[] {1, BASELINE, (byte) CONSTRAINTS, LEVEL, (byte) 0xff, (byte) 0xe1})
                .putShort((short) sps.length)
                .put(sps)
                .put((byte) 1)
                .putShort((short) pps.length)
                .put(pps)
                .array();
    }

    /** 7.3.2.1.1; a picture refers to the one before at most, and is shown in the order of coding. */
    private byte[] sequenceParameters() {
        BitWriter out = new BitWriter()
                .u(8, BASELINE)
                .u(8, CONSTRAINTS)
                .u(8, LEVEL)
                .ue(0) // seq_parameter_set_id
                .ue(0) // log2_max_frame_num_minus4
                .ue(2) // pic_order_cnt_type
                .ue(1) // max_num_ref_frames
                .flag(false) // gaps_in_frame_num_value_allowed_flag
                .ue(columns - 1)
                .ue(rows - 1)
                .flag(true) // frame_mbs_only_flag
                .flag(true) // direct_8x8_inference_flag
                .flag(false) // frame_cropping_flag
                .flag(true); // vui_parameters_present_flag
        return displayParameters(out).trailing().toBytes();
    }

    /** Annex E.1.1: colours of BT.601, a fixed frame rate, no reordering. */
    private BitWriter displayParameters(BitWriter out) {
        return out.flag(true) // aspect_ratio_info_present_flag
                .u(8, 1) // square
                .flag(false) // overscan_info_present_flag
                .flag(true) // video_signal_type_present_flag
                .u(3, 5) // video_format: unspecified
                .flag(false) // video_full_range_flag
                .flag(true) // colour_description_present_flag
                .u(8, 6) // colour_primaries: SMPTE 170M
                .u(8, 6) // transfer_characteristics
                .u(8, 6) // matrix_coefficients
                .flag(false) // chroma_loc_info_present_flag
                .flag(true) // timing_info_present_flag
                .u(32, 1) // num_units_in_tick
                .u(32, 2 * framesPerSecond) // time_scale, of fields
                .flag(true) // fixed_frame_rate_flag
                .flag(false) // nal_hrd_parameters_present_flag
                .flag(false) // vcl_hrd_parameters_present_flag
                .flag(false) // pic_struct_present_flag
                .flag(true) // bitstream_restriction_flag
                .flag(true) // motion_vectors_over_pic_boundaries_flag
                .ue(0) // max_bytes_per_pic_denom
                .ue(0) // max_bits_per_mb_denom
                .ue(0) // log2_max_mv_length_horizontal
                .ue(0) // log2_max_mv_length_vertical
                .ue(0) // max_num_reorder_frames
                .ue(1); // max_dec_frame_buffering
    }

    /** 7.3.2.2; slices may switch the deblocking filter off. */
    private static byte[] pictureParameters() {
        return new BitWriter()
                .ue(0) // pic_parameter_set_id
                .ue(0) // seq_parameter_set_id
                .flag(false) // entropy_coding_mode_flag: CAVLC
                .flag(false) // bottom_field_pic_order_in_frame_present_flag
                .ue(0) // num_slice_groups_minus1
                .ue(0) // num_ref_idx_l0_default_active_minus1
                .ue(0) // num_ref_idx_l1_default_active_minus1
                .flag(false) // weighted_pred_flag
                .u(2, 0) // weighted_bipred_idc
                .se(0) // pic_init_qp_minus26
                .se(0) // pic_init_qs_minus26
                .se(0) // chroma_qp_index_offset
                .flag(true) // deblocking_filter_control_present_flag
                .flag(false) // constrained_intra_pred_flag
                .flag(false) // redundant_pic_cnt_present_flag
                .trailing()
                .toBytes();
    }

    /** A picture that decoding can start at: one access unit, its NAL unit behind its length. */
    byte[] key(Raster picture) {
        BitWriter out = new BitWriter();
        idrNumber ^= 1; // Two in a row differ.
        out.ue(0).ue(SLICE_I).ue(0).u(4, 0).ue(idrNumber);
        out.flag(false).flag(false); // no_output_of_prior_pics_flag, long_term_reference_flag
        endHeader(out);
        Slice slice = new Slice(out, picture, 0);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                slice.intra(column, row);
            }
        }
        frameNumber = 1;
        return accessUnit(NAL_IDR, out);
    }

    /** A picture after another one, which was the last to be coded: one access unit, its NAL unit behind its length. */
    byte[] change(Raster picture, Raster before) {
        BitWriter out = new BitWriter();
        out.ue(0).ue(SLICE_P).ue(0).u(4, frameNumber);
        out.flag(false).flag(false).flag(false); // no override of references' number or order, sliding window
        endHeader(out);
        Slice slice = new Slice(out, picture, INTRA_IN_P);
        int skipped = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                if (picture.equals(before, column, row)) {
                    skipped++; // P_Skip: all motion vectors being 0, so is the predicted one (8.4.1.1).
                } else {
                    out.ue(skipped);
                    skipped = 0;
                    slice.intra(column, row);
                }
            }
        }
        if (skipped > 0) {
            out.ue(skipped);
        }
        frameNumber = (frameNumber + 1) % FRAME_NUMBERS;
        return accessUnit(NAL_SLICE, out);
    }

    /** The end of a slice header (7.3.3): slice_qp_delta, and no deblocking, which would smooth flat areas' borders. */
    private static void endHeader(BitWriter out) {
        out.se(0).ue(1);
    }

    private static byte[] accessUnit(int header, BitWriter payload) {
        byte[] nal = nal(header, payload.trailing().toBytes());
        return ByteBuffer.allocate(Integer.BYTES + nal.length)
                .putInt(nal.length)
                .put(nal)
                .array();
    }

    /** A NAL unit, with a byte put in where its payload would look like a start code (7.4.1). */
    private static byte[] nal(int header, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 16);
        out.write(header);
        int zeros = 0;
        for (byte b : payload) {
            if (zeros == 2 && (b & 0xff) <= 3) {
                out.write(3);
                zeros = 0;
            }
            out.write(b);
            zeros = b == 0 ? zeros + 1 : 0;
        }
        return out.toByteArray();
    }

    /** The macroblocks of one slice, which is a whole picture. */
    private final class Slice {
        private final BitWriter out;
        private final Raster picture;
        private final int typeOffset;
        /** Which macroblocks have all coefficients, as far as the code for none depends on it. */
        private final boolean[] pcm = new boolean[columns * rows];

        Slice(BitWriter out, Raster picture, int typeOffset) {
            this.out = out;
            this.picture = picture;
            this.typeOffset = typeOffset;
        }

        void intra(int column, int row) {
            int luma = picture.y().repeatsLeft(column, row)
                    ? LUMA_HORIZONTAL
                    : picture.y().repeatsAbove(column, row) ? LUMA_VERTICAL : -1;
            int chroma = chromaMode(column, row);
            if (luma < 0 || chroma < 0) {
                samples(column, row);
            } else {
                out.ue(typeOffset + I_16X16 + luma).ue(chroma).se(0); // mb_qp_delta
                noCoefficients(column, row);
            }
        }

        /** Both chroma components have one mode; -1 when neither fits. */
        private int chromaMode(int column, int row) {
            if (picture.cb().repeatsLeft(column, row) && picture.cr().repeatsLeft(column, row)) {
                return CHROMA_HORIZONTAL;
            }
            boolean repeatsAbove =
                    picture.cb().repeatsAbove(column, row) && picture.cr().repeatsAbove(column, row);
            return repeatsAbove ? CHROMA_VERTICAL : -1;
        }

        private void samples(int column, int row) {
            pcm[row * columns + column] = true;
            out.ue(typeOffset + I_PCM).align();
            picture.y().write(out, column, row);
            picture.cb().write(out, column, row);
            picture.cr().write(out, column, row);
        }

        /**
         * coeff_token of a block without coefficients (table 9-5): its length depends on how many the blocks to the left
         * and above have, which is 16 in I_PCM and 0 in all others (9.2.1).
         */
        private void noCoefficients(int column, int row) {
            boolean left = column > 0 && pcm[row * columns + column - 1];
            boolean above = row > 0 && pcm[(row - 1) * columns + column];
            // 16 of one that is there alone, 8 as the mean of 16 and 0: both 8 or more.
            if (left || above) {
                out.u(6, 3);
            } else {
                out.u(1, 1);
            }
        }
    }
}
