package org.red5.dvr.red5.fixes;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Divides messages into chunks as the specification says (RTMP 1.0, section 5.3.1), in any of the ways that it leaves open, at
 * random: the shortest header or a longer one, chunks of several messages mixed, extended times repeated or not.
 */
final class ChunkWriter {
    private static final int EXTENDED = 0xff_ff_ff;

    private final Random random;
    private final boolean repeatsExtended;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Map<Integer, State> states = new HashMap<>();
    private int chunkBytes = 128;

    /** What a chunk stream's last message was like. */
    private static final class State {
        private RtmpMessage last;
        private int deltaMillis;
        private boolean deltaKnown;
        private int fieldMillis;
        private boolean extended;
        private RtmpMessage open;
        private int sentBytes;
    }

    /**
     * @param repeatsExtended whether chunks of type 3 repeat extended time stamps, as they should
     */
    ChunkWriter(Random random, boolean repeatsExtended) {
        this.random = random;
        this.repeatsExtended = repeatsExtended;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** Whether a message of this chunk stream is under way. */
    boolean isOpen(int chunkStream) {
        State state = states.get(chunkStream);
        return state != null && state.open != null;
    }

    /** Sends the first chunk of a message. */
    void begin(RtmpMessage message) {
        State state = states.computeIfAbsent(message.chunkStream(), id -> new State());
        header(state, message, type(state, message));
        state.open = message;
        state.sentBytes = 0;
        payload(state);
    }

    /** Sends the next chunk of the message that is under way. */
    void goOn(int chunkStream) {
        State state = states.get(chunkStream);
        basicHeader(3, chunkStream);
        if (state.extended && repeatsExtended) {
            bytes(4, state.fieldMillis);
        }
        payload(state);
    }

    void all(RtmpMessage message) {
        begin(message);
        while (isOpen(message.chunkStream())) {
            goOn(message.chunkStream());
        }
    }

    /** Tells the reader of another size of chunks, and keeps to it. */
    void chunkSize(int bytes) {
        byte[] size = ByteBuffer.allocate(4).putInt(bytes).array();
        all(new RtmpMessage(2, RtmpMessage.SET_CHUNK_SIZE, 0, 0, size));
        chunkBytes = bytes;
    }

    /** Gives up the message that is under way. */
    void abort(int chunkStream) {
        byte[] id = ByteBuffer.allocate(4).putInt(chunkStream).array();
        all(new RtmpMessage(2, RtmpMessage.ABORT, 0, 0, id));
        states.get(chunkStream).open = null;
    }

    private int type(State state, RtmpMessage message) {
        RtmpMessage last = state.last;
        int shortest = 0;
        if (last != null && last.streamId() == message.streamId()) {
            int delta = message.timestampMillis() - last.timestampMillis();
            boolean alike = last.type() == message.type() && last.payload().length == message.payload().length;
            boolean again = state.deltaKnown && delta == state.deltaMillis && (repeatsExtended || !state.extended);
            shortest = !alike ? 1 : again ? 3 : 2;
        }
        return random.nextInt(4) == 0 ? random.nextInt(shortest + 1) : shortest;
    }

    private void header(State state, RtmpMessage message, int type) {
        basicHeader(type, message.chunkStream());
        int delta = state.last == null ? 0 : message.timestampMillis() - state.last.timestampMillis();
        if (type < 3) {
            state.fieldMillis = type == 0 ? message.timestampMillis() : delta;
            state.extended = Integer.compareUnsigned(state.fieldMillis, EXTENDED) >= 0;
            state.deltaMillis = state.fieldMillis;
            // Section 5.3.1.2.4 gives a time stamp for a distance too; late ones nobody means so.
            state.deltaKnown = type > 0 || Integer.compareUnsigned(state.fieldMillis, 1_000) <= 0;
            bytes(3, state.extended ? EXTENDED : state.fieldMillis);
        }
        if (type < 2) {
            bytes(3, message.payload().length);
            bytes(1, message.type());
        }
        if (type == 0) {
            bytes(4, Integer.reverseBytes(message.streamId()));
        }
        if (state.extended && (type < 3 || repeatsExtended)) {
            bytes(4, state.fieldMillis);
        }
        state.last = message;
    }

    private void basicHeader(int type, int id) {
        if (id < 64) {
            bytes(1, type << 6 | id);
        } else if (id < 320 && random.nextBoolean()) {
            bytes(1, type << 6);
            bytes(1, id - 64);
        } else {
            bytes(1, type << 6 | 1);
            bytes(1, (id - 64) & 0xff);
            bytes(1, (id - 64) >> 8);
        }
    }

    private void payload(State state) {
        byte[] all = state.open.payload();
        int length = Math.min(chunkBytes, all.length - state.sentBytes);
        out.write(all, state.sentBytes, length);
        state.sentBytes += length;
        if (state.sentBytes == all.length) {
            state.open = null;
        }
    }

    /** Writes the low bytes of a number. */
    void bytes(int count, int value) {
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
            out.write(value >>> shift);
        }
    }
}
