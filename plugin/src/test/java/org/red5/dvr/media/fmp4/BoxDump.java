package org.red5.dvr.media.fmp4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;

/**
 * Writes MP4 boxes out for a person to read: one line each, with its size and what it says. Written from the standard
 * and not from the code that it checks.
 */
public final class BoxDump {
    private static final Set<String> CONTAINERS =
            Set.of("moov", "trak", "mdia", "minf", "stbl", "dinf", "mvex", "moof", "traf");

    private final StringBuilder out = new StringBuilder();

    private BoxDump() {}

    public static String of(byte[] bytes) {
        BoxDump dump = new BoxDump();
        dump.boxes(ByteBuffer.wrap(bytes), 0);
        return dump.out.toString();
    }

    private void boxes(ByteBuffer in, int depth) {
        while (in.hasRemaining()) {
            int size = in.getInt();
            String type = ascii(in, 4);
            if (size < 8 || size - 8 > in.remaining()) {
                throw new AssertionError(
                        "box " + type + " of " + size + " bytes, " + in.remaining() + " left, after\n" + out);
            }
            ByteBuffer content = in.slice(in.position(), size - 8);
            in.position(in.position() + size - 8);
            out.append("  ".repeat(depth)).append(type).append(' ').append(size);
            box(type, content, depth);
        }
    }

    private void box(String type, ByteBuffer in, int depth) {
        if (CONTAINERS.contains(type)) {
            end();
            boxes(in, depth + 1);
            return;
        }
        switch (type) {
            case "ftyp" -> fileType(in);
            case "mvhd" -> skip(full(in, 0), 8).say(" timescale", in.getInt()).say(" duration", in.getInt());
            case "tkhd" -> trackHeader(in);
            case "mdhd" -> {
                skip(full(in, 0), 8).say(" timescale", in.getInt()).say(" duration", in.getInt());
                say(" language", in.getShort());
            }
            case "hdlr" -> skip(full(in, 0), 0).handler(in);
            case "stsd", "dref" -> {
                full(in, 0);
                say(" entries", in.getInt()).end();
                boxes(in, depth + 1);
                return;
            }
            case "avc1" -> {
                visual(in);
                boxes(in, depth + 1);
                return;
            }
            case "mp4a" -> {
                audio(in);
                boxes(in, depth + 1);
                return;
            }
            case "trex" -> {
                full(in, 0);
                say(" track", in.getInt()).say(" description", in.getInt());
            }
            case "mfhd" -> {
                full(in, 0);
                say(" sequence", in.getInt());
            }
            case "tfhd" -> fragmentHeader(in);
            case "tfdt" -> {
                full(in, 1);
                out.append(" time ").append(in.getLong());
            }
            case "trun" -> run(in, depth);
            default -> {}
        }
        rest(in);
        end();
    }

    private void fileType(ByteBuffer in) {
        out.append(' ').append(ascii(in, 4));
        say(" version", in.getInt());
        out.append(" compatible");
        while (in.hasRemaining()) {
            out.append(' ').append(ascii(in, 4));
        }
    }

    private void trackHeader(ByteBuffer in) {
        skip(full(in, 0), 8);
        say(" track", in.getInt());
        in.getInt();
        say(" duration", in.getInt());
        skip(in, 12);
        say(" volume", in.getShort() >> 8);
        skip(in, 38);
        say(" width", in.getInt() >>> 16);
        say(" height", in.getInt() >>> 16);
    }

    private void handler(ByteBuffer in) {
        in.getInt();
        out.append(' ').append(ascii(in, 4));
        skip(in, 12);
        out.append(" \"").append(ascii(in, in.remaining() - 1)).append('"');
        in.get();
    }

    private void visual(ByteBuffer in) {
        skip(in, 6);
        say(" reference", in.getShort());
        skip(in, 16);
        say(" width", in.getShort()).say(" height", in.getShort());
        skip(in, 12);
        say(" frames", in.getShort());
        skip(in, 32);
        say(" depth", in.getShort()).say(" colours", in.getShort()).end();
    }

    private void audio(ByteBuffer in) {
        skip(in, 6);
        say(" reference", in.getShort());
        skip(in, 8);
        say(" channels", in.getShort()).say(" bits", in.getShort());
        skip(in, 4);
        say(" rate", in.getInt() >>> 16).end();
    }

    private void fragmentHeader(ByteBuffer in) {
        int flags = flags(in, 0);
        say(" track", in.getInt());
        if ((flags & 0x8) != 0) {
            say(" duration", in.getInt());
        }
        if ((flags & 0x20) != 0) {
            out.append(String.format(" flags %08x", in.getInt()));
        }
    }

    private void run(ByteBuffer in, int depth) {
        int flags = flags(in, 1);
        int count = in.getInt();
        say(" samples", count);
        if ((flags & 0x1) != 0) {
            say(" offset", in.getInt());
        }
        if ((flags & 0x4) != 0) {
            out.append(String.format(" first %08x", in.getInt()));
        }
        for (int i = 0; i < count; i++) {
            out.append('\n').append("  ".repeat(depth + 1)).append(i);
            if ((flags & 0x100) != 0) {
                say(" duration", in.getInt());
            }
            if ((flags & 0x200) != 0) {
                say(" size", in.getInt());
            }
            if ((flags & 0x400) != 0) {
                out.append(String.format(" flags %08x", in.getInt()));
            }
            if ((flags & 0x800) != 0) {
                say(" composition", in.getInt());
            }
        }
    }

    /** Reads version and flags of a full box, and writes the flags out. */
    private int flags(ByteBuffer in, int version) {
        int both = in.getInt();
        if (both >>> 24 != version) {
            throw new AssertionError("version " + (both >>> 24) + " after\n" + out);
        }
        out.append(String.format(" %06x", both & 0xffffff));
        return both & 0xffffff;
    }

    private ByteBuffer full(ByteBuffer in, int version) {
        flags(in, version);
        return in;
    }

    private BoxDump skip(ByteBuffer in, int count) {
        in.position(in.position() + count);
        return this;
    }

    private BoxDump say(String what, int value) {
        out.append(what).append(' ').append(value);
        return this;
    }

    /** What was not understood, as hexadecimal digits. */
    private void rest(ByteBuffer in) {
        if (in.hasRemaining()) {
            byte[] bytes = new byte[in.remaining()];
            in.get(bytes);
            out.append(" [").append(HexFormat.of().formatHex(bytes)).append(']');
        }
    }

    private void end() {
        out.append('\n');
    }

    private static String ascii(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
