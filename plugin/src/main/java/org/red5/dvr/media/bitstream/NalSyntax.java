package org.red5.dvr.media.bitstream;

/** What the first bytes of a NAL unit say (ITU-T H.264 section 7.3.1, H.265 section 7.3.1.2). */
public enum NalSyntax {
    H264 {
        @Override
        public int type(byte[] data, int start) {
            return data[start] & 0x1f;
        }

        @Override
        public Kind kind(byte[] data, int start) {
            return switch (type(data, start)) {
                case 1, 2 -> Kind.SLICE;
                case 5 -> Kind.RANDOM_ACCESS_SLICE;
                case 6 -> Kind.SEI;
                case 7, 8 -> Kind.PARAMETER_SET;
                case 9 -> Kind.DELIMITER;
                case 10, 11, 12 -> Kind.TRAILER;
                default -> Kind.OTHER;
            };
        }

        @Override
        public boolean isSei(byte[] data, int start) {
            return type(data, start) == 6;
        }

        @Override
        public int headerBytes() {
            return 1;
        }

        @Override
        public boolean isValid(byte[] data, int start, int end) {
            return start < end && data[start] >= 0;
        }

        @Override
        boolean isUsual(byte[] data, int start, int end) {
            if (!isValid(data, start, end)) {
                return false;
            }
            boolean reference = (data[start] & 0x60) != 0;
            return switch (type(data, start)) {
                case 1 -> true;
                case 5, 7, 8 -> reference;
                case 6, 9, 10, 11, 12 -> !reference;
                default -> false;
            };
        }

        @Override
        public boolean isIntra(byte[] data, int start, int end) {
            try {
                BitReader slice = new BitReader(data, start + 1, Math.min(16, end - start - 1));
                slice.unsignedExpGolomb();
                int type = slice.unsignedExpGolomb() % 5;
                return type == 2 || type == 4;
            } catch (CorruptMediaException e) {
                return false;
            }
        }
    },
    H265 {
        @Override
        public int type(byte[] data, int start) {
            return data[start] >> 1 & 0x3f;
        }

        /** Layers above the base are of the same access unit: no business of anybody's here. */
        @Override
        public Kind kind(byte[] data, int start) {
            int type = type(data, start);
            if (!isBaseLayer(data, start)) {
                return Kind.OTHER;
            }
            if (type < 32) {
                return type >= 16 && type < 24 ? Kind.RANDOM_ACCESS_SLICE : Kind.SLICE;
            }
            return switch (type) {
                case 32, 33, 34 -> Kind.PARAMETER_SET;
                case 35 -> Kind.DELIMITER;
                case 36, 37, 38, 40 -> Kind.TRAILER;
                case 39 -> Kind.SEI;
                default -> Kind.OTHER;
            };
        }

        @Override
        public boolean isSei(byte[] data, int start) {
            int type = type(data, start);
            return type == 39 || type == 40;
        }

        @Override
        public int headerBytes() {
            return 2;
        }

        @Override
        public boolean isValid(byte[] data, int start, int end) {
            return end - start >= 2 && data[start] >= 0 && (data[start + 1] & 7) != 0;
        }

        @Override
        boolean isUsual(byte[] data, int start, int end) {
            if (!isValid(data, start, end) || !isBaseLayer(data, start)) {
                return false;
            }
            int type = type(data, start);
            return type < 10 || type >= 16 && type < 22 || type >= 32 && type <= 40;
        }

        private boolean isBaseLayer(byte[] data, int start) {
            return (data[start] & 1) == 0 && (data[start + 1] & 0xf8) == 0;
        }

        /** Whether its slices are predicted is said behind what only the parameter sets explain: taken for not intra. */
        @Override
        public boolean isIntra(byte[] data, int start, int end) {
            return false;
        }
    };

    /** What a NAL unit is, as far as it matters where access units begin and end. */
    public enum Kind {
        /** A slice of a picture. */
        SLICE,
        /** A slice of a picture at which decoding can start: IDR, or IRAP in H.265. */
        RANDOM_ACCESS_SLICE,
        PARAMETER_SET,
        /** Supplemental enhancement information, in front of the picture that it is about. */
        SEI,
        /** An access unit delimiter. */
        DELIMITER,
        /** What only stands behind a picture, and is of no use without it: an end of sequence, filler data, suffix SEI. */
        TRAILER,
        OTHER;

        public boolean isSlice() {
            return this == SLICE || this == RANDOM_ACCESS_SLICE;
        }
    }

    /** {@code nal_unit_type}. */
    public abstract int type(byte[] data, int start);

    /** What the NAL unit at {@code start} is. */
    public abstract Kind kind(byte[] data, int start);

    /** Whether it is supplemental enhancement information, of what stands in front of it or behind it. */
    public abstract boolean isSei(byte[] data, int start);

    /** How many bytes the header of a NAL unit has. */
    public abstract int headerBytes();

    /** Whether there can be such a NAL unit. */
    public abstract boolean isValid(byte[] data, int start, int end);

    /** Whether it is one that encoders send, by all that its header says: what looks so by chance is rare. */
    abstract boolean isUsual(byte[] data, int start, int end);

    /** Whether a slice needs no other picture. */
    public abstract boolean isIntra(byte[] data, int start, int end);

    /** Whether a slice is its picture's first: the one with the first macroblock or coding tree block. */
    public boolean isFirstSlice(byte[] data, int start, int end) {
        int at = start + headerBytes();
        return at >= end || data[at] < 0;
    }
}
