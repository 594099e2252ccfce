package org.red5.dvr.media.testpicture;

import java.nio.ByteBuffer;

/**
 * A live picture that shows the time of day, as the bodies of FLV video tags (Adobe FLV 10.1, E.4.3): H.264, Constrained
 * Baseline, 512 by 288, 25 frames a second, a key frame at every even second, about half a megabit a second. Used by one
 * thread.
 */
public final class TestPicture {
    public static final int FRAMES_PER_SECOND = 25;
    private static final long FRAME_MICROS = 1_000_000 / FRAMES_PER_SECOND;

    private static final int KEY_FRAME_EVERY = 2 * FRAMES_PER_SECOND;
    private static final int KEY_AVC = 0x17;
    private static final int OTHER_AVC = 0x27;
    /** Packet type, and a composition time of 0. */
    private static final byte[] CONFIGURATION = {0, 0, 0, 0};

    private static final byte[] FRAME = {1, 0, 0, 0};

    private final ClockFace face = new ClockFace(FRAMES_PER_SECOND);
    private final LosslessAvc coder = new LosslessAvc(ClockFace.COLUMNS, ClockFace.ROWS, FRAMES_PER_SECOND);
    private final Raster before = new Raster(ClockFace.COLUMNS, ClockFace.ROWS);
    private long lastNumber = Long.MIN_VALUE;

    /** The tag that comes before the first frame. */
    public byte[] configuration() {
        return body(KEY_AVC, CONFIGURATION, coder.configuration());
    }

    /** The latest frame that an instant has seen begin; frames are counted since the Unix epoch. */
    public static long frameAt(long utcMicros) {
        return Math.floorDiv(utcMicros, FRAME_MICROS);
    }

    /** When a frame begins, microseconds since the Unix epoch. */
    public static long startMicros(long frame) {
        return frame * FRAME_MICROS;
    }

    /** Whether decoding can start with a frame. */
    public static boolean isKeyFrame(byte[] frame) {
        return frame[0] == KEY_AVC;
    }

    /** A frame, which shows when it begins. One that does not follow the one before is a key frame. */
    public byte[] frame(long number) {
        boolean key = number != lastNumber + 1 || Math.floorMod(number, KEY_FRAME_EVERY) == 0;
        lastNumber = number;
        face.show(number);
        byte[] unit = key ? coder.key(face.raster()) : coder.change(face.raster(), before);
        before.copy(face.raster());
        return body(key ? KEY_AVC : OTHER_AVC, FRAME, unit);
    }

    private static byte[] body(int first, byte[] head, byte[] content) {
        return ByteBuffer.allocate(1 + head.length + content.length)
                .put((byte) first)
                .put(head)
                .put(content)
                .array();
    }
}
