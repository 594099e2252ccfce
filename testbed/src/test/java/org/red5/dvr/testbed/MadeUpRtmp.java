package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** What no encoder sends, made from a seed: bytes for behind the handshake of RTMP. */
final class MadeUpRtmp {
    private static final int LONGEST_BYTES = 30_000;
    private static final int DEEPEST = 3_000;

    private static final int SET_CHUNK_SIZE = 1;
    private static final int ABORT = 2;
    private static final int FLEX_COMMAND = 17;
    private static final int AMF3_MARKER = 17;
    private static final String[] COMMANDS = {
        "connect",
        "createStream",
        "publish",
        "play",
        "deleteStream",
        "closeStream",
        "seek",
        "pause",
        "releaseStream",
        "FCPublish",
        "@setDataFrame",
        "onMetaData",
        "initStream",
        "getStreamLength",
        "receiveAudio",
        "toString",
        ""
    };

    private final Random random;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private MadeUpRtmp(Random random) {
        this.random = random;
    }

    /** The bytes of a case. */
    static byte[] of(Random random) throws IOException {
        MadeUpRtmp made = new MadeUpRtmp(random);
        int messages = 1 + random.nextInt(8);
        for (int i = 0; i < messages; i++) {
            made.append();
        }
        return made.out.toByteArray();
    }

    private void append() throws IOException {
        switch (random.nextInt(10)) {
            case 0 -> out.writeBytes(bytes(random.nextInt(LONGEST_BYTES)));
            case 1 -> announceMuch();
            case 2 -> chunk(random.nextInt(256), bytes(random.nextInt(200)));
            case 3 -> chunk(SET_CHUNK_SIZE, number());
            case 4 -> chunk(ABORT, number());
            case 5 -> chunk(random.nextBoolean() ? RtmpMessage.COMMAND : FLEX_COMMAND, nested());
            case 6 -> chunk(mediaType(), bytes(random.nextInt(3_000)));
            default -> mutated();
        }
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] number() {
        int[] corners = {0, 1, -1, 128, 4_096, 0xff_ff_ff, Integer.MAX_VALUE, Integer.MIN_VALUE, random.nextInt()};
        return ByteBuffer.allocate(4)
                .putInt(corners[random.nextInt(corners.length)])
                .array();
    }

    private int mediaType() {
        int[] types = {RtmpMessage.AUDIO, RtmpMessage.VIDEO, 15, 16, 18, 19, 22};
        return types[random.nextInt(types.length)];
    }

    /** Headers of messages that never come whole, on many chunk streams. */
    private void announceMuch() {
        int streams = 1 + random.nextInt(60);
        for (int i = 0; i < streams; i++) {
            out.write(3 + i);
            out.writeBytes(new byte[] {0, 0, 0});
            out.writeBytes(
                    new byte[] {(byte) random.nextInt(256), (byte) random.nextInt(256), (byte) random.nextInt(256)});
            out.write(mediaType());
            out.writeBytes(new byte[] {1, 0, 0, 0});
            out.writeBytes(bytes(RtmpClient.CHUNK_BYTES));
        }
    }

    private void chunk(int type, byte[] payload) throws IOException {
        RtmpMessage message = new RtmpMessage(type, random.nextInt(100_000), random.nextInt(3), payload);
        RtmpChunks.write(out, message, RtmpClient.CHUNK_BYTES);
    }

    /** A command with a value as deep, or as long, as it likes. */
    private byte[] nested() {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.writeBytes(Amf0.encode(COMMANDS[random.nextInt(COMMANDS.length)], random.nextInt(5)));
        int depth = random.nextInt(DEEPEST);
        int kind = random.nextInt(5);
        if (kind >= 3) {
            value.write(AMF3_MARKER);
        }
        for (int i = 0; i < depth; i++) {
            value.writeBytes(
                    switch (kind) {
                        case 0 -> new byte[] {10, 0, 0, 0, 1};
                        case 1 -> new byte[] {3, 0, 1, 'a'};
                        case 2 -> new byte[] {8, 0, 0, 0, 1, 0, 1, 'a'};
                        case 3 -> new byte[] {9, 3, 1};
                        default -> new byte[] {10, 11, 1, 3, 'a'};
                    });
        }
        byte[] announced = {(byte) new int[] {2, 6, 9, 10, 12, 13, 16, 17}[random.nextInt(8)], 127, -1, -1, -1, 1};
        value.writeBytes(random.nextBoolean() ? announced : bytes(random.nextInt(20)));
        return value.toByteArray();
    }

    /** A command that is fine but for some bytes. */
    private void mutated() throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] command = Amf0.encode(
                COMMANDS[random.nextInt(COMMANDS.length)],
                random.nextInt(9),
                Amf0.NULL,
                "made-up" + random.nextInt(4),
                "live");
        RtmpMessage message = new RtmpMessage(RtmpMessage.COMMAND, 0, random.nextInt(3), command);
        RtmpChunks.write(whole, message, RtmpClient.CHUNK_BYTES);
        byte[] bytes = whole.toByteArray();
        int changes = random.nextInt(6);
        for (int i = 0; i < changes; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        out.write(bytes, 0, random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length);
    }
}
