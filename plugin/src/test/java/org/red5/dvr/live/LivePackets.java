package org.red5.dvr.live;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Packets as an encoder sends them; frames hold a number, so that each can be told by its bytes. */
public final class LivePackets {
    /** In front of a picture's number: no length or start code, so that the flag says what the picture is. */
    private static final int NO_NAL_UNIT = 0x7f << 24;

    private LivePackets() {}

    public static LivePacket videoConfiguration(int millis, int number) {
        return new LivePacket(true, millis, new byte[] {0x17, 0, 0, 0, 0, (byte) number});
    }

    public static LivePacket audioConfiguration(int millis, int number) {
        return new LivePacket(false, millis, new byte[] {(byte) 0xaf, 0, (byte) number});
    }

    public static LivePacket keyFrame(int millis, int number) {
        return video(millis, 0x17, number, 9);
    }

    public static LivePacket frame(int millis, int number) {
        return video(millis, 0x27, number, 9);
    }

    /** A frame of so many bytes. */
    public static LivePacket video(int millis, int firstByte, int number, int bytes) {
        ByteBuffer body = ByteBuffer.allocate(bytes).put((byte) firstByte).put((byte) 1);
        return new LivePacket(true, millis, body.putInt(5, NO_NAL_UNIT | number).array());
    }

    public static LivePacket sound(int millis, int number) {
        return new LivePacket(
                false,
                millis,
                ByteBuffer.allocate(6)
                        .put((byte) 0xaf)
                        .put((byte) 1)
                        .putInt(number)
                        .array());
    }

    /**
     * What a packet is, in short: {@code V1} and {@code A1} are configurations, {@code K5}, {@code f6} and {@code s7} media, and
     * {@code -} is a sign of life.
     */
    public static String name(LivePacket packet) {
        byte[] body = packet.body();
        if (packet.isSignOfLife()) {
            return "-";
        }
        if (packet.isConfiguration()) {
            return (packet.video() ? "V" : "A") + body[body.length - 1];
        }
        int number = ByteBuffer.wrap(body).getInt(packet.video() ? 5 : 2) & ~NO_NAL_UNIT;
        return (packet.isKeyFrame() ? "K" : packet.video() ? "f" : "s") + number;
    }

    /** All that waits, in short. */
    public static String names(LiveSubscription subscription) {
        List<String> names = new ArrayList<>();
        Optional<LivePacket> packet = subscription.poll();
        while (packet.isPresent()) {
            names.add(name(packet.get()));
            packet = subscription.poll();
        }
        return String.join(" ", names);
    }
}
