package org.red5.dvr.playback.mp4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/** Names the bytes of a file by what they are made of, as the bytes of a take's segment never change. */
final class ContentDigest {
    private static final int BYTES = 16;

    private ContentDigest() {}

    /**
     * The same for equal bytes only.
     *
     * @param format what is made of the segments; another one for every change in how that is done
     */
    static String of(String format, UtcRange window, List<Segment> segments) {
        MessageDigest digest = sha256();
        digest.update(format.getBytes(StandardCharsets.US_ASCII));
        ByteBuffer numbers = ByteBuffer.allocate(5 * Long.BYTES);
        digest.update(
                numbers.putLong(window.fromMicros()).putLong(window.toMicros()).flip());
        TakeId take = null;
        for (Segment segment : segments) {
            if (!segment.take().equals(take)) {
                take = segment.take();
                digest.update((byte) 0);
                digest.update(take.value().getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            numbers.clear();
            numbers.putLong(segment.number()).putLong(segment.startUtcMicros()).putLong(segment.durationMicros());
            digest.update(numbers.putInt(segment.videoBytes())
                    .putInt(segment.audioBytes())
                    .flip());
        }
        return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
