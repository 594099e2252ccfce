package org.red5.dvr.media.flv;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What other encoders make of a publish of H.264 or H.265 with AAC: the same pictures and the same sound, otherwise packed. */
final class MangledPublish {
    private static final int HEADER_BYTES = 5;
    private static final byte[] SEI = {0x06, 0x05, 0x04, 'a', 'b', 'c', 'd', (byte) 0x80};
    private static final byte[] DELIMITER = {0x09, (byte) 0xf0};

    /** How NAL units are framed. */
    enum Framing {
        LENGTHS,
        LONG_START_CODES,
        SHORT_START_CODES,
        START_CODES_IN_A_LENGTH,
        EMPTY_UNITS,
        TRAILING_ZEROS
    }

    /** What becomes of the flag that says that a picture is a key frame. */
    enum Flags {
        RIGHT,
        NEVER,
        ALWAYS
    }

    /** Where parameter sets are. */
    enum Header {
        FIRST,
        MISSING,
        LATE,
        WITH_START_CODES
    }

    private final List<byte[]> parameterSets = new ArrayList<>();
    Framing framing = Framing.LENGTHS;
    Flags flags = Flags.RIGHT;
    Header header = Header.FIRST;
    boolean delimiters;
    boolean infoInItsOwnPackets;
    boolean setsInTheirOwnPackets;
    boolean slicesInTheirOwnPackets;
    boolean adts;
    boolean audioHeaderMissing;

    static MangledPublish byChance(Random random) {
        MangledPublish made = new MangledPublish();
        made.framing = Framing.values()[random.nextInt(Framing.values().length)];
        made.flags = Flags.values()[random.nextInt(Flags.values().length)];
        made.header = Header.values()[random.nextInt(Header.values().length)];
        made.delimiters = random.nextBoolean();
        made.infoInItsOwnPackets = random.nextBoolean();
        made.setsInTheirOwnPackets = random.nextBoolean();
        made.slicesInTheirOwnPackets = random.nextBoolean();
        made.adts = random.nextBoolean();
        made.audioHeaderMissing = made.adts && random.nextBoolean();
        return made;
    }

    /** The packets of a publish of H.264 and AAC, as this encoder sends them. */
    List<FlvCorpus.Tag> mangle(List<FlvCorpus.Tag> tags) {
        List<FlvCorpus.Tag> out = new ArrayList<>();
        FlvCorpus.Tag late = null;
        int pictures = 0;
        for (FlvCorpus.Tag tag : tags) {
            byte[] body = tag.body();
            if (tag.video() && body.length > HEADER_BYTES && body[1] == 0) {
                readSets(body);
                if (header == Header.FIRST) {
                    out.add(tag);
                } else if (header == Header.WITH_START_CODES) {
                    out.add(new FlvCorpus.Tag(true, tag.timestampMillis(), join(Arrays.copyOf(body, 5), startCodes())));
                }
                late = header == Header.LATE ? tag : null;
            } else if (tag.video() && body.length > HEADER_BYTES && body[1] == 1) {
                picture(tag, out);
                if (++pictures == 5 && late != null) {
                    out.add(new FlvCorpus.Tag(true, tag.timestampMillis(), late.body()));
                }
            } else if (!tag.video()) {
                sound(tag, out);
            }
        }
        return out;
    }

    private void readSets(byte[] body) {
        parameterSets.clear();
        ByteBuffer in = ByteBuffer.wrap(body, 10, body.length - 10);
        for (int mask = 0x1f; mask <= 0xff; mask += 0xe0) {
            int count = in.get() & mask;
            for (int i = 0; i < count; i++) {
                byte[] set = new byte[in.getShort()];
                in.get(set);
                parameterSets.add(set);
            }
        }
    }

    private byte[] startCodes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] set : parameterSets) {
            out.writeBytes(new byte[] {0, 0, 0, 1});
            out.writeBytes(set);
        }
        return out.toByteArray();
    }

    private void picture(FlvCorpus.Tag tag, List<FlvCorpus.Tag> out) {
        byte[] head = Arrays.copyOf(tag.body(), HEADER_BYTES);
        boolean key = head[0] >> 4 == 1;
        if (flags != Flags.RIGHT) {
            head[0] = (byte) (flags == Flags.NEVER ? 0x27 : 0x17);
        }
        List<List<byte[]>> packets = new ArrayList<>();
        List<byte[]> first = new ArrayList<>();
        if (delimiters) {
            packets.add(List.of(DELIMITER));
        }
        if (key && (setsInTheirOwnPackets || header != Header.FIRST)) {
            if (setsInTheirOwnPackets) {
                packets.add(parameterSets);
            } else {
                first.addAll(parameterSets);
            }
        }
        if (infoInItsOwnPackets) {
            packets.add(List.of(SEI));
        }
        for (byte[] unit : units(tag.body())) {
            boolean slice = (unit[0] & 0x1f) == 1 || (unit[0] & 0x1f) == 5;
            first.add(unit);
            if (slice && slicesInTheirOwnPackets) {
                packets.add(first);
                first = new ArrayList<>();
            }
        }
        packets.add(first);
        for (List<byte[]> packet : packets) {
            if (!packet.isEmpty()) {
                out.add(new FlvCorpus.Tag(true, tag.timestampMillis(), join(head, framed(packet))));
            }
        }
    }

    private byte[] framed(List<byte[]> units) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] unit : units) {
            switch (framing) {
                case LENGTHS, TRAILING_ZEROS -> write(out, unit);
                case EMPTY_UNITS -> {
                    out.writeBytes(new byte[4]);
                    write(out, unit);
                }
                case LONG_START_CODES, START_CODES_IN_A_LENGTH -> {
                    out.writeBytes(new byte[] {0, 0, 0, 1});
                    out.writeBytes(unit);
                }
                case SHORT_START_CODES -> {
                    out.writeBytes(new byte[] {0, 0, 1});
                    out.writeBytes(unit);
                }
            }
        }
        if (framing == Framing.TRAILING_ZEROS) {
            out.writeBytes(new byte[units.get(0).length % 7]);
        }
        if (framing == Framing.START_CODES_IN_A_LENGTH) {
            byte[] all = out.toByteArray();
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            write(whole, units.get(0).length % 2 == 0 ? all : Arrays.copyOfRange(all, 4, all.length));
            return whole.toByteArray();
        }
        return out.toByteArray();
    }

    private void sound(FlvCorpus.Tag tag, List<FlvCorpus.Tag> out) {
        boolean isHeader = tag.body()[1] == 0;
        if (isHeader && audioHeaderMissing) {
            return;
        }
        if (isHeader || !adts) {
            out.add(tag);
            return;
        }
        byte[] sound = Arrays.copyOfRange(tag.body(), 2, tag.body().length);
        out.add(new FlvCorpus.Tag(
                false,
                tag.timestampMillis(),
                join(new byte[] {tag.body()[0], 1}, join(adtsHeader(sound.length), sound))));
    }

    /** Of AAC-LC, 48 kHz, one channel, as the corpus has it. */
    static byte[] adtsHeader(int bytes) {
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

    /** The NAL units of a body, framed by lengths of four bytes. */
    static List<byte[]> units(byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body, HEADER_BYTES, body.length - HEADER_BYTES);
        List<byte[]> units = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] unit = new byte[in.getInt()];
            in.get(unit);
            units.add(unit);
        }
        return units;
    }

    static byte[] join(byte[] head, byte[] rest) {
        byte[] joined = Arrays.copyOf(head, head.length + rest.length);
        System.arraycopy(rest, 0, joined, head.length, rest.length);
        return joined;
    }

    private static void write(ByteArrayOutputStream out, byte[] unit) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(unit.length).array());
        out.writeBytes(unit);
    }

    @Override
    public String toString() {
        return framing + ", flags " + flags + ", header " + header + (delimiters ? ", delimiters" : "")
                + (infoInItsOwnPackets ? ", SEI apart" : "") + (setsInTheirOwnPackets ? ", sets apart" : "")
                + (slicesInTheirOwnPackets ? ", slices apart" : "") + (adts ? ", ADTS" : "")
                + (audioHeaderMissing ? " only" : "");
    }
}
