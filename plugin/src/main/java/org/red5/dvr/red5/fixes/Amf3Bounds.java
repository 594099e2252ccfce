package org.red5.dvr.red5.fixes;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.server.net.protocol.ProtocolException;

/** Looks at a value of AMF 3 (section 3 of its specification) as {@link AmfBounds} does at those around it, within the same bounds. */
final class Amf3Bounds {
    private static final int DOUBLE_BYTES = 8;
    private static final int INT_BYTES = 4;
    private static final int MOST_U29_BYTES = 4;

    private final ByteBuffer in;
    private final AmfBounds bounds;
    /** Those that objects to come may refer to. */
    private final List<Traits> known = new ArrayList<>();

    /** @param sealed how many members have a value in each object; of one that reads itself, a collection's, its array */
    private record Traits(int sealed, boolean isDynamic) {}

    Amf3Bounds(ByteBuffer in, AmfBounds bounds) {
        this.in = in;
        this.bounds = bounds;
    }

    /** Passes a value; false when what follows cannot be known. */
    boolean value(int depth) {
        AmfBounds.checkDepth(depth);
        if (!in.hasRemaining()) {
            return false;
        }
        return switch (in.get()) {
            case 0, 1, 2, 3 -> true;
            case 4 -> u29() >= 0;
            case 5 -> bounds.skip(DOUBLE_BYTES);
            case 6, 7, 11, 12 -> bytes(u29(), 1);
            case 8 -> date(u29());
            case 9 -> array(u29(), depth);
            case 10 -> object(u29(), depth);
            case 13, 14 -> vector(u29(), INT_BYTES);
            case 15 -> vector(u29(), DOUBLE_BYTES);
            case 16 -> objects(u29(), depth);
            case 17 -> dictionary(u29(), depth);
            default -> throw new ProtocolException("AMF 3 of an unknown type");
        };
    }

    /** An unsigned integer of 29 bits; -1 when it is not whole. */
    private int u29() {
        int value = 0;
        for (int i = 0; i < MOST_U29_BYTES && in.hasRemaining(); i++) {
            int next = in.get() & 0xff;
            if (i == MOST_U29_BYTES - 1) {
                return value << 8 | next;
            }
            value = value << 7 | next & 0x7f;
            if (next < 0x80) {
                return value;
            }
        }
        return -1;
    }

    private static boolean isReference(int header) {
        return (header & 1) == 0;
    }

    private boolean bytes(int header, int each) {
        return header >= 0 && (isReference(header) || bounds.skip((long) (header >> 1) * each));
    }

    /** A name of a member; empty when it is not whole. */
    private Optional<Boolean> isNamed() {
        int header = u29();
        return bytes(header, 1) ? Optional.of(header != 1) : Optional.empty();
    }

    private boolean date(int header) {
        return header >= 0 && (isReference(header) || bounds.skip(DOUBLE_BYTES));
    }

    private boolean array(int header, int depth) {
        if (header < 0 || isReference(header)) {
            return header >= 0;
        }
        bounds.countElements(header >> 1);
        return members(depth) && values(header >> 1, depth);
    }

    private boolean vector(int header, int each) {
        return header >= 0 && (isReference(header) || (bounds.skip(1) && bounds.skip((long) (header >> 1) * each)));
    }

    private boolean objects(int header, int depth) {
        if (header < 0 || isReference(header)) {
            return header >= 0;
        }
        bounds.countElements(header >> 1);
        return bounds.skip(1) && isNamed().isPresent() && values(header >> 1, depth);
    }

    private boolean dictionary(int header, int depth) {
        if (header < 0 || isReference(header)) {
            return header >= 0;
        }
        bounds.countElements(header >> 1);
        return bounds.skip(1) && values(2 * (header >> 1), depth);
    }

    private boolean object(int header, int depth) {
        if (header < 0 || isReference(header)) {
            return header >= 0;
        }
        Optional<Traits> traits = (header & 2) == 0 ? traits(header >> 2) : newTraits(header);
        return traits.isPresent()
                && values(traits.get().sealed(), depth)
                && (!traits.get().isDynamic() || members(depth));
    }

    private Optional<Traits> traits(int reference) {
        return reference < known.size() ? Optional.of(known.get(reference)) : Optional.empty();
    }

    private Optional<Traits> newTraits(int header) {
        if (isNamed().isEmpty()) {
            return Optional.empty();
        }
        if ((header & 4) != 0) {
            known.add(new Traits(1, false));
            return Optional.of(known.get(known.size() - 1));
        }
        Traits traits = new Traits(header >> 4, (header & 8) != 0);
        bounds.countElements(traits.sealed());
        for (int i = 0; i < traits.sealed(); i++) {
            if (isNamed().isEmpty()) {
                return Optional.empty();
            }
        }
        known.add(traits);
        return Optional.of(traits);
    }

    private boolean values(int count, int depth) {
        for (int i = 0; i < count; i++) {
            if (!value(depth + 1)) {
                return false;
            }
        }
        return true;
    }

    /** Names and values up to an empty name. */
    private boolean members(int depth) {
        while (true) {
            Optional<Boolean> isNamed = isNamed();
            if (isNamed.isEmpty() || !isNamed.get()) {
                return isNamed.isPresent();
            }
            if (!value(depth + 1)) {
                return false;
            }
        }
    }
}
