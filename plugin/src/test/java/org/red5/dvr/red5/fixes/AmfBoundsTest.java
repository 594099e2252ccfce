package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.red5.dvr.Fuzz;
import org.red5.server.net.protocol.ProtocolException;

class AmfBoundsTest {
    private final ByteBuffer amf = ByteBuffer.allocate(2_000_000);

    private AmfBoundsTest text(String text) {
        amf.putShort((short) text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    private void check() {
        AmfBounds.check(amf.flip());
    }

    private void refused() {
        assertThrows(ProtocolException.class, this::check);
    }

    @Test
    void commandOfAnEncoderIsFine() {
        amf.put((byte) 2);
        text("connect");
        amf.put((byte) 0).putDouble(1).put((byte) 3);
        text("app").amf.put((byte) 2);
        text("live");
        text("codecs").amf.put((byte) 10).putInt(2).put((byte) 0).putDouble(1).put((byte) 5);
        amf.put(new byte[] {0, 0, 9, 5});
        check();
    }

    @Test
    void nestedArraysAreRefused() {
        for (int depth = 0; depth < 20_000; depth++) {
            amf.put((byte) 10).putInt(1);
        }
        refused();
    }

    @Test
    void nestedObjectsAreRefused() {
        for (int depth = 0; depth < 20_000; depth++) {
            amf.put((byte) 3);
            text("a");
        }
        refused();
    }

    @Test
    void nestedMapsAreRefused() {
        for (int depth = 0; depth < 20_000; depth++) {
            amf.put((byte) 8).putInt(1);
            text("a");
        }
        refused();
    }

    @Test
    void elementsThatCannotBeThereAreRefused() {
        amf.put((byte) 10).putInt(50_000_000);
        refused();
    }

    /** Each fits, and all together do not. */
    @Test
    void elementsOfAllArraysAreCounted() {
        for (int depth = 0; depth < 20; depth++) {
            amf.put((byte) 10).putInt(900_000);
        }
        amf.position(1_000_000);
        refused();
    }

    @Test
    void nestedArraysOfAmf3AreRefused() {
        amf.put((byte) 17);
        for (int depth = 0; depth < 20_000; depth++) {
            amf.put(new byte[] {9, 3, 1});
        }
        refused();
    }

    @Test
    void nestedObjectsOfAmf3AreRefused() {
        amf.put((byte) 17);
        for (int depth = 0; depth < 20_000; depth++) {
            amf.put(new byte[] {10, 11, 1, 3, 'a'});
        }
        refused();
    }

    @Test
    void elementsOfAmf3ThatCannotBeThereAreRefused() {
        for (byte[] announced : List.of(
                new byte[] {17, 9, -1, -1, -1, -1, 1},
                new byte[] {17, 9, 5, 1, 9, -1, -1, -1, -1, 1},
                new byte[] {17, 16, -1, -1, -1, -1, 0, 1},
                new byte[] {17, 17, -1, -1, -1, -1, 0},
                new byte[] {17, 10, -1, -1, -1, -5, 1},
                new byte[] {17, 13, -1, -1, -1, -1, 0},
                new byte[] {17, 12, -1, -1, -1, -1},
                new byte[] {17, 6, -1, -1, -1, -1},
                new byte[] {12, 127, -1, -1, -1})) {
            assertThrows(ProtocolException.class, () -> AmfBounds.check(ByteBuffer.wrap(announced)));
        }
    }

    /** An object, one of the same traits, an array with a member, a date, a vector and a dictionary; then more AMF0. */
    @Test
    void valuesOfAmf3AreFine() {
        amf.put(new byte[] {17, 9, 9, 1});
        amf.put(new byte[] {10, 0x1b, 1, 3, 'a', 4, 1, 3, 'b', 6, 5, 'h', 'i', 1});
        amf.put(new byte[] {10, 1, 3, 1});
        amf.put(new byte[] {9, 3, 3, 'm', 2, 1, 5}).putDouble(1);
        amf.put(new byte[] {8, 1}).putDouble(2);
        amf.put(new byte[] {17, 13, 3, 0, 0, 0, 0, 7});
        amf.put(new byte[] {17, 17, 3, 0, 6, 3, 'k', 4, -1, -1, -1, -1});
        amf.put((byte) 0).putDouble(3);
        check();
        assertEquals(amf.limit(), amf.position(), "nothing is left that is not known");
    }

    /** Red5 reads on behind a type that it does not know. */
    @Test
    void whatFollowsOnAnUnknownTypeIsLookedAtToo() {
        for (byte[] announced : List.of(
                new byte[] {-25, 10, 15, 0, 0, 0},
                new byte[] {-25, 0, 1, 10, 15, 0, 0, 0},
                new byte[] {3, 0, 1, 'a', -25, 10, 15, 0, 0, 0},
                new byte[] {-25, 12, 127, 0, 0, 0},
                new byte[] {-25, 17, 12, -1, -1, -1, -1},
                new byte[] {17, 10, 7, 3, 'c', 12, -1, -1, -1, -1},
                new byte[] {17, 99, 12, -1, -1, -1, -1})) {
            assertThrows(ProtocolException.class, () -> AmfBounds.check(ByteBuffer.wrap(announced)));
        }
        AmfBounds.check(ByteBuffer.wrap(new byte[] {2, 0, 1, 'a', -25, 5, 10, 0, 0, 0, 1, 5}));
    }

    @Test
    void anyBytesArePassedOrRefused() throws InterruptedException {
        Fuzz.run("AMF bounds", 1, 1 << 20, random -> {
            byte[] bytes = new byte[random.nextInt(300)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(19));
            }
            try {
                AmfBounds.check(ByteBuffer.wrap(bytes));
            } catch (ProtocolException e) {
                // As it should where they are out of bounds.
                return;
            }
        });
    }
}
