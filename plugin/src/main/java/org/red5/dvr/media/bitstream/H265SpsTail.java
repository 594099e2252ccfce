package org.red5.dvr.media.bitstream;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds the usability information in a sequence parameter set of H.265, behind much that nobody here wants to know. */
final class H265SpsTail {
    private static final int MOST_REFERENCE_SETS = 64;
    private static final int MOST_REFERENCES = 16;

    /** The pictures that a picture may refer to, by their distance in output order: the nearest first. */
    private record ReferenceSet(List<Integer> before, List<Integer> after) {}

    private final BitReader in;

    private H265SpsTail(BitReader in) {
        this.in = in;
    }

    /**
     * Reads on behind the bit depths (ITU-T H.265 section 7.3.2.2.1).
     *
     * @param subLayers {@code sps_max_sub_layers_minus1}
     */
    static Vui vui(BitReader in, int subLayers) throws CorruptMediaException {
        return new H265SpsTail(in).vui(subLayers);
    }

    private Vui vui(int subLayers) throws CorruptMediaException {
        int pictureOrderBits = in.unsignedExpGolomb() + 4;
        codes(3 * (in.flag() ? subLayers + 1 : 1));
        codes(6);
        boolean scaling = in.flag();
        if (scaling && in.flag()) {
            skipScalingLists();
        }
        in.bits(2);
        if (in.flag()) {
            in.bits(8);
            codes(2);
            in.bits(1);
        }
        skipReferenceSets();
        if (in.flag()) {
            int longTerm = in.unsignedExpGolomb();
            for (int i = 0; i < longTerm; i++) {
                in.bits(pictureOrderBits + 1);
            }
        }
        in.bits(2);
        return in.flag() ? Vui.read(in) : Vui.NONE;
    }

    private void codes(int count) throws CorruptMediaException {
        for (int i = 0; i < count; i++) {
            in.unsignedExpGolomb();
        }
    }

    /** Section 7.3.4. */
    private void skipScalingLists() throws CorruptMediaException {
        for (int size = 0; size < 4; size++) {
            for (int matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
                boolean predicted = !in.flag();
                codes(predicted ? 1 : Math.min(64, 16 << 2 * size) + (size > 1 ? 1 : 0));
            }
        }
    }

    /** Section 7.3.7. */
    private void skipReferenceSets() throws CorruptMediaException {
        int count = in.unsignedExpGolomb();
        if (count > MOST_REFERENCE_SETS) {
            throw new CorruptMediaException("short-term reference picture sets: " + count);
        }
        ReferenceSet last = new ReferenceSet(List.of(), List.of());
        for (int i = 0; i < count; i++) {
            last = i > 0 && in.flag() ? predicted(last) : explicit();
        }
    }

    private ReferenceSet explicit() throws CorruptMediaException {
        int before = in.unsignedExpGolomb();
        int after = in.unsignedExpGolomb();
        if (before > MOST_REFERENCES || after > MOST_REFERENCES) {
            throw new CorruptMediaException("reference pictures: " + before + " and " + after);
        }
        return new ReferenceSet(distances(before, -1), distances(after, 1));
    }

    private List<Integer> distances(int count, int sign) throws CorruptMediaException {
        List<Integer> distances = new ArrayList<>();
        int distance = 0;
        for (int i = 0; i < count; i++) {
            distance += sign * (in.unsignedExpGolomb() + 1);
            distances.add(distance);
            in.bits(1);
        }
        return distances;
    }

    /** A set that is said by what it has in common with the one before (section 7.4.8, equations 7-61 and 7-62). */
    private ReferenceSet predicted(ReferenceSet from) throws CorruptMediaException {
        boolean negative = in.flag();
        int shift = (in.unsignedExpGolomb() + 1) * (negative ? -1 : 1);
        int count = from.before().size() + from.after().size();
        boolean[] used = new boolean[count + 1];
        for (int i = 0; i <= count; i++) {
            boolean usedHere = in.flag();
            used[i] = usedHere || in.flag();
        }
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        for (int i = 0; i <= count; i++) {
            int distance = shift + distance(from, i);
            if (used[i] && distance != 0) {
                (distance < 0 ? before : after).add(distance);
            }
        }
        before.sort(Comparator.reverseOrder());
        after.sort(Comparator.naturalOrder());
        return new ReferenceSet(before, after);
    }

    /** Of the pictures of a set in order, and the one that it belongs to behind them. */
    private static int distance(ReferenceSet set, int index) {
        int before = set.before().size();
        if (index < before) {
            return set.before().get(index);
        }
        return index - before < set.after().size() ? set.after().get(index - before) : 0;
    }
}
