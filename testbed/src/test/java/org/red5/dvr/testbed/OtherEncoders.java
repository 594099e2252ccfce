package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What other encoders would have made of ffmpeg's clips: the same pictures and the same sound, otherwise packed. */
final class OtherEncoders {
    private static final int HEADER_BYTES = 5;
    private static final int AAC_HEADER_BYTES = 2;
    private static final byte[] START_CODE = {0, 0, 0, 1};
    private static final byte[] DELIMITER = {0, 0, 0, 2, 9, (byte) 0xf0};

    private OtherEncoders() {}

    /** H.264 without a sequence header, its parameter sets in the key frames, which no flag tells. */
    static List<FlvTag> withoutVideoHeader(List<FlvTag> tags) {
        byte[] sets = parameterSets(tags);
        List<FlvTag> out = new ArrayList<>();
        for (FlvTag tag : tags) {
            if (!isPicture(tag)) {
                if (tag.type() != FlvTag.VIDEO) {
                    out.add(tag);
                }
                continue;
            }
            byte[] head = Arrays.copyOf(tag.payload(), HEADER_BYTES);
            head[0] = 0x27;
            byte[] units = Arrays.copyOfRange(tag.payload(), HEADER_BYTES, tag.payload().length);
            out.add(with(tag, tag.isKeyFrame() ? joined(head, sets, units) : joined(head, units)));
        }
        return out;
    }

    /** AAC-LC of 48 kHz in mono, without a sequence header, in ADTS frames. */
    static List<FlvTag> withAdts(List<FlvTag> tags) {
        List<FlvTag> out = new ArrayList<>();
        for (FlvTag tag : tags) {
            if (tag.type() != FlvTag.AUDIO) {
                out.add(tag);
            } else if (!tag.isConfiguration()) {
                byte[] sound = Arrays.copyOfRange(tag.payload(), AAC_HEADER_BYTES, tag.payload().length);
                out.add(with(tag, joined(Arrays.copyOf(tag.payload(), AAC_HEADER_BYTES), adts(sound.length), sound)));
            }
        }
        return out;
    }

    /** H.264 with start codes, and access unit delimiters in packets of their own. */
    static List<FlvTag> withStartCodes(List<FlvTag> tags) {
        List<FlvTag> out = new ArrayList<>();
        for (FlvTag tag : tags) {
            if (!isPicture(tag)) {
                out.add(tag);
                continue;
            }
            byte[] head = Arrays.copyOf(tag.payload(), HEADER_BYTES);
            out.add(with(tag, joined(head, DELIMITER)));
            ByteArrayOutputStream units = new ByteArrayOutputStream();
            for (byte[] unit : units(tag.payload())) {
                units.writeBytes(START_CODE);
                units.writeBytes(unit);
            }
            out.add(with(tag, joined(head, units.toByteArray())));
        }
        return out;
    }

    /** H.265 with codec id 12 instead of the enhanced header. */
    static List<FlvTag> withCodecId12(List<FlvTag> tags) {
        List<FlvTag> out = new ArrayList<>();
        for (FlvTag tag : tags) {
            byte[] body = tag.payload();
            if (tag.type() != FlvTag.VIDEO || body[0] >= 0) {
                out.add(tag);
                continue;
            }
            byte[] head = {(byte) (body[0] & 0x70 | 12), 1, 0, 0, 0};
            byte[] rest = Arrays.copyOfRange(body, HEADER_BYTES, body.length);
            switch (body[0] & 0xf) {
                case 0 -> {
                    head[1] = 0;
                    out.add(with(tag, joined(head, rest)));
                }
                case 1 -> out.add(with(tag, joined(Arrays.copyOf(head, 2), rest)));
                case 3 -> out.add(with(tag, joined(head, rest)));
                default -> {
                    // an end of sequence, or metadata
                }
            }
        }
        return out;
    }

    /** The sound, and pictures of a codec from long ago. */
    static List<FlvTag> withVp6(List<FlvTag> tags) {
        return tags.stream()
                .map(tag -> tag.type() == FlvTag.VIDEO ? with(tag, new byte[] {0x14, 0, 1, 2, 3}) : tag)
                .toList();
    }

    private static boolean isPicture(FlvTag tag) {
        return tag.type() == FlvTag.VIDEO && tag.payload().length > HEADER_BYTES && tag.payload()[1] == 1;
    }

    private static byte[] parameterSets(List<FlvTag> tags) {
        byte[] header = tags.stream()
                .filter(tag -> tag.type() == FlvTag.VIDEO && tag.isConfiguration())
                .findFirst()
                .orElseThrow()
                .payload();
        ByteBuffer in = ByteBuffer.wrap(header, HEADER_BYTES + 5, header.length - HEADER_BYTES - 5);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int mask : new int[] {0x1f, 0xff}) {
            for (int count = in.get() & mask; count > 0; count--) {
                byte[] set = new byte[in.getShort()];
                in.get(set);
                out.writeBytes(ByteBuffer.allocate(4).putInt(set.length).array());
                out.writeBytes(set);
            }
        }
        return out.toByteArray();
    }

    private static List<byte[]> units(byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body, HEADER_BYTES, body.length - HEADER_BYTES);
        List<byte[]> units = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] unit = new byte[in.getInt()];
            in.get(unit);
            units.add(unit);
        }
        return units;
    }

    private static byte[] adts(int bytes) {
        int length = bytes + 7;
        return new byte[] {
            (byte) 0xff,
            (byte) 0xf1,
            0x4c,
            (byte) (0x40 | length >> 11),
            (byte) (length >> 3),
            (byte) ((length & 7) << 5 | 0x1f),
            (byte) 0xfc
        };
    }

    private static FlvTag with(FlvTag tag, byte[] payload) {
        return new FlvTag(tag.type(), tag.timestampMillis(), payload);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
