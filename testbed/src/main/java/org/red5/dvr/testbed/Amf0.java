package org.red5.dvr.testbed;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Action Message Format 0, as far as RTMP commands and metadata need it: numbers, booleans, strings, objects, arrays, null.
 * Null and undefined are {@link #NULL}.
 */
final class Amf0 {
    static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    private static final int NUMBER = 0;
    private static final int BOOLEAN = 1;
    private static final int STRING = 2;
    private static final int OBJECT = 3;
    private static final int NULL_MARKER = 5;
    private static final int UNDEFINED = 6;
    private static final int ECMA_ARRAY = 8;
    private static final int OBJECT_END = 9;
    private static final int STRICT_ARRAY = 10;
    private static final int DATE = 11;
    private static final int LONG_STRING = 12;

    private Amf0() {}

    static byte[] encode(Object... values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Object value : values) {
                write(out, value);
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Object value) throws IOException {
        if (value == NULL) {
            out.writeByte(NULL_MARKER);
        } else if (value instanceof Number number) {
            out.writeByte(NUMBER);
            out.writeDouble(number.doubleValue());
        } else if (value instanceof Boolean flag) {
            out.writeByte(BOOLEAN);
            out.writeBoolean(flag);
        } else if (value instanceof String text) {
            out.writeByte(STRING);
            writeText(out, text);
        } else if (value instanceof Map<?, ?> map) {
            out.writeByte(OBJECT);
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                writeText(out, entry.getKey().toString());
                write(out, entry.getValue());
            }
            out.writeShort(0);
            out.writeByte(OBJECT_END);
        } else {
            throw new IllegalArgumentException("no AMF0 form of " + value.getClass());
        }
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0xffff) {
            throw new IllegalArgumentException("AMF0 strings end at 65535 bytes, not " + bytes.length);
        }
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    /** All values in {@code bytes}: Double, Boolean, String, Map, List or {@link #NULL}. */
    static List<Object> decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        List<Object> values = new ArrayList<>();
        while (in.available() > 0) {
            values.add(read(in, in.readUnsignedByte()));
        }
        return values;
    }

    private static Object read(DataInputStream in, int marker) throws IOException {
        return switch (marker) {
            case NUMBER -> in.readDouble();
            case BOOLEAN -> in.readBoolean();
            case STRING -> readText(in, in.readUnsignedShort());
            case LONG_STRING -> readText(in, in.readInt());
            case OBJECT -> readProperties(in);
            case ECMA_ARRAY -> {
                in.readInt();
                yield readProperties(in);
            }
            case STRICT_ARRAY -> readArray(in);
            case DATE -> {
                double utcMillis = in.readDouble();
                in.readShort();
                yield utcMillis;
            }
            case NULL_MARKER, UNDEFINED -> NULL;
            default -> throw new IOException("AMF0 marker " + marker + " is not known here");
        };
    }

    private static Map<String, Object> readProperties(DataInputStream in) throws IOException {
        Map<String, Object> properties = new LinkedHashMap<>();
        while (true) {
            String name = readText(in, in.readUnsignedShort());
            int marker = in.readUnsignedByte();
            if (marker == OBJECT_END) {
                return properties;
            }
            properties.put(name, read(in, marker));
        }
    }

    private static List<Object> readArray(DataInputStream in) throws IOException {
        int length = in.readInt();
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            values.add(read(in, in.readUnsignedByte()));
        }
        return values;
    }

    private static String readText(DataInputStream in, int lengthBytes) throws IOException {
        return new String(in.readNBytes(lengthBytes), StandardCharsets.UTF_8);
    }
}
