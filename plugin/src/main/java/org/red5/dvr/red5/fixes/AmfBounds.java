package org.red5.dvr.red5.fixes;

import java.nio.ByteBuffer;
import org.red5.server.net.protocol.ProtocolException;

/**
 * Refuses AMF that would take more stack or memory than its bytes warrant: Red5 nests calls as deep as arrays and objects are
 * nested, and makes room for as many elements as an array, and as many bytes as a text, announces.
 */
final class AmfBounds {
    private static final int MOST_DEPTH = 32;

    /** So much may be announced that is not there: metadata may be cut short. */
    private static final int MOST_MISSING_BYTES = 1 << 16;

    private static final int NUMBER_BYTES = 8;
    private static final int REFERENCE_BYTES = 2;
    private static final int DATE_BYTES = 10;
    private static final int OBJECT_END = 9;
    private static final int ARRAY = 10;
    private static final int LONG_TEXT = 12;
    private static final int XML = 15;
    private static final int AMF3 = 17;

    private final ByteBuffer in;
    private long leftElements;

    private AmfBounds(ByteBuffer in) {
        this.in = in;
        // Each takes a byte at least.
        leftElements = in.remaining();
    }

    /**
     * Looks at all values, as far as they are whole and of types that the standards know; behind those at all that might be one.
     *
     * @throws ProtocolException when they are out of bounds
     */
    static void check(ByteBuffer values) {
        AmfBounds bounds = new AmfBounds(values);
        while (values.hasRemaining()) {
            if (!bounds.value(0)) {
                bounds.rest();
                return;
            }
        }
    }

    /** Red5 passes over a type that it does not know and reads on, wherever that leads: no byte may begin what announces too much. */
    private void rest() {
        for (int at = in.position(); at < in.limit(); at++) {
            boolean isTooMuch = switch (in.get(at)) {
                case ARRAY -> announcedAt(at) > leftElements;
                case LONG_TEXT, XML -> announcedAt(at) > in.limit() - at + MOST_MISSING_BYTES;
                case AMF3 -> true;
                default -> false;
            };
            if (isTooMuch) {
                throw new ProtocolException("AMF of an unknown type, and too much behind it");
            }
        }
    }

    private long announcedAt(int at) {
        return in.limit() - at > Integer.BYTES ? Integer.toUnsignedLong(in.getInt(at + 1)) : 0;
    }

    /** Passes a value; false when what follows cannot be known. */
    private boolean value(int depth) {
        checkDepth(depth);
        if (!in.hasRemaining()) {
            return false;
        }
        return switch (in.get()) {
            case 0 -> skip(NUMBER_BYTES);
            case 1 -> skip(1);
            case 2 -> text();
            case 3 -> properties(depth);
            case 4, 5, 6, OBJECT_END, 13, 14 -> true;
            case 7 -> skip(REFERENCE_BYTES);
            case 8 -> skip(Integer.BYTES) && properties(depth);
            case ARRAY -> array(depth);
            case 11 -> skip(DATE_BYTES);
            case LONG_TEXT, XML -> longText();
            case 16 -> text() && properties(depth);
            case AMF3 -> new Amf3Bounds(in, this).value(depth + 1);
            default -> false;
        };
    }

    static void checkDepth(int depth) {
        if (depth > MOST_DEPTH) {
            throw new ProtocolException("AMF is nested deeper than " + MOST_DEPTH);
        }
    }

    /** Passes bytes; false when they are not all there. */
    boolean skip(long bytes) {
        boolean whole = bytes <= in.remaining();
        if (bytes > in.remaining() + MOST_MISSING_BYTES) {
            throw new ProtocolException("AMF announces " + bytes + " bytes and has " + in.remaining());
        }
        in.position(whole ? in.position() + (int) bytes : in.limit());
        return whole;
    }

    private boolean text() {
        return in.remaining() >= Short.BYTES && skip(Short.toUnsignedInt(in.getShort()));
    }

    private boolean longText() {
        return in.remaining() >= Integer.BYTES && skip(Integer.toUnsignedLong(in.getInt()));
    }

    /** Names and values up to an empty name and the end mark. */
    private boolean properties(int depth) {
        while (in.remaining() > Short.BYTES) {
            boolean last = in.getShort(in.position()) == 0 && in.get(in.position() + Short.BYTES) == OBJECT_END;
            if (!text() || !value(depth + 1)) {
                return false;
            }
            if (last) {
                return true;
            }
        }
        return false;
    }

    /** Counts the elements of all arrays: room is made for them before they are read. */
    void countElements(long elements) {
        leftElements -= elements;
        if (leftElements < 0) {
            throw new ProtocolException("AMF announces more elements than it has bytes");
        }
    }

    private boolean array(int depth) {
        if (in.remaining() < Integer.BYTES) {
            return false;
        }
        long elements = Integer.toUnsignedLong(in.getInt());
        countElements(elements);
        for (long i = 0; i < elements; i++) {
            if (!value(depth + 1)) {
                return false;
            }
        }
        return true;
    }
}
