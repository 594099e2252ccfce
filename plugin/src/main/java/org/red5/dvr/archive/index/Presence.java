package org.red5.dvr.archive.index;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Which of an hour's records have their bytes in this copy, and why the others have not; immutable. The index says what the hour is,
 * and is the same wherever the hour is kept; this is of one copy alone.
 */
public final class Presence {
    /** Of the bytes of one record. Each has the number that it has on disk. */
    public enum State {
        /** They have not come here yet, or were not kept. */
        NOT_HELD(0),
        /** They are here and are those of the index. */
        HERE(1),
        /** They are here, and may be lost with the power: their disk was not told to keep them. */
        UNFORCED(2),
        /** They were here, and are lost or wrong. */
        DAMAGED(3);

        private static final State[] BY_CODE = values();

        private final byte code;

        State(int code) {
            this.code = (byte) code;
        }

        /** Whether the bytes can be had. */
        public boolean isHere() {
            return this == HERE || this == UNFORCED;
        }
    }

    /** All that an index lists is here, however much that is. */
    public static final Presence ALL = new Presence(new byte[0]);

    /** Of the first records; all that follow are here. Ends with one that is not plainly here. */
    private final byte[] states;

    private Presence(byte[] states) {
        int length = states.length;
        while (length > 0 && states[length - 1] == State.HERE.code) {
            length--;
        }
        this.states = length == states.length ? states : Arrays.copyOf(states, length);
    }

    /** The same for each of so many records. */
    public static Presence each(int records, State state) {
        byte[] states = new byte[records];
        Arrays.fill(states, state.code);
        return new Presence(states);
    }

    /** Damaged at some positions, and all else is here. */
    public static Presence damagedAt(BitSet positions) {
        byte[] states = new byte[positions.length()];
        for (int i = 0; i < states.length; i++) {
            states[i] = (positions.get(i) ? State.DAMAGED : State.HERE).code;
        }
        return new Presence(states);
    }

    /**
     * Reads what {@link #toBytes} gave.
     *
     * @param states not changed by anybody
     * @throws CorruptArchiveException when there is a state that this software does not know
     */
    static Presence of(byte[] states) throws CorruptArchiveException {
        for (byte state : states) {
            if (state < 0 || state >= State.BY_CODE.length) {
                throw new CorruptArchiveException("presence holds the state " + state);
            }
        }
        return new Presence(states);
    }

    /** The states of the first records, a byte each. */
    byte[] toBytes(int records) {
        byte[] bytes = Arrays.copyOf(states, records);
        Arrays.fill(bytes, Math.min(states.length, records), records, State.HERE.code);
        return bytes;
    }

    public State at(int position) {
        return position < states.length ? State.BY_CODE[states[position]] : State.HERE;
    }

    /** Whether the bytes of a record can be had. */
    public boolean isHere(int position) {
        return at(position).isHere();
    }

    /** Whether everything is here, and told to the disk to be kept. */
    public boolean isAll() {
        return states.length == 0;
    }

    /** This with another state at one position. */
    public Presence with(int position, State state) {
        return at(position) == state ? this : new Presence(changed(position, state));
    }

    /** The same, when the disk has been told to keep all that is here. */
    public Presence forced() {
        byte[] next = states.clone();
        for (int i = 0; i < next.length; i++) {
            next[i] = next[i] == State.UNFORCED.code ? State.HERE.code : next[i];
        }
        return new Presence(next);
    }

    /** Of the records from a position on. */
    Presence from(int position) {
        return position >= states.length ? ALL : new Presence(Arrays.copyOfRange(states, position, states.length));
    }

    /** This of the first records, and that of those which follow on them. */
    Presence and(int records, Presence next, int nextRecords) {
        if (isAll() && next.isAll()) {
            return ALL;
        }
        byte[] all = toBytes(records + nextRecords);
        System.arraycopy(next.toBytes(nextRecords), 0, all, records, nextRecords);
        return new Presence(all);
    }

    private byte[] changed(int position, State state) {
        byte[] next = toBytes(Math.max(states.length, position + 1));
        next[position] = state.code;
        return next;
    }

    /** This with damage at more positions. */
    public Presence withDamageAt(BitSet positions) {
        byte[] next = toBytes(Math.max(states.length, positions.length()));
        positions.stream().forEach(position -> next[position] = State.DAMAGED.code);
        return new Presence(next);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Presence presence && Arrays.equals(states, presence.states);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(states);
    }

    /** One character a record, for messages: {@code .}, {@code #}, {@code ~} and {@code x} by the order of {@link State}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (byte state : states) {
            text.append(".#~x".charAt(state));
        }
        return text.append("#…").toString();
    }
}
