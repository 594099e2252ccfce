package org.red5.dvr.relay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.live.LivePacket;
import org.red5.dvr.util.Crc32c;

/**
 * Makes one stream of what comes from one source after another. Its time stamps go on without a step back whatever the
 * sources' are, and behind a change of source it begins with a key frame and with the codec configurations, if these differ. Of
 * the first source it begins with sound, where that comes before a key frame.
 *
 * <p>Sources that get a stream from the same encoder send the same bytes. Where the new source begins with a key frame that
 * went through before, what viewers have had of it is left out, and the stream goes on with the very next packet. Used by one
 * thread at a time.
 */
final class LiveSplice {
    /** The distance of packets on both sides of a change between sources that have nothing to do with each other. */
    private static final long STEP_MILLIS = 40;
    /** Time stamps of one track that go back by more begin a new reckoning. */
    private static final long JUMP_MILLIS = 1_000;
    /** By so much more than the time that has passed the time stamps of one encoder may have gone on. */
    private static final long TOLERANCE_MILLIS = 1_000;
    /** Before all time stamps. */
    private static final long NEVER = Long.MIN_VALUE / 2;
    /** So many key frames are known again. */
    private static final int KEY_FRAMES = 32;

    /** What tells a packet's bytes from others. */
    private record Fingerprint(int length, int crc) {}

    private final Map<Fingerprint, Long> keyFrames = new LinkedHashMap<>();
    private @Nullable LivePacket videoConfiguration; // as sent on last
    private @Nullable LivePacket audioConfiguration; // as sent on last
    private final List<LivePacket> held = new ArrayList<>(); // configurations of a source that has not begun
    private boolean begun; // the present source has
    private boolean sawVideo; // of the present source
    private boolean sawKeyFrame; // of the present source
    private boolean videoRepeats; // the present source's pictures went through before
    private boolean audioRepeats; // the same of its sound
    private long offsetMillis;
    private long lastMillis = NEVER;
    private long lastVideoMillis = NEVER;
    private long lastAudioMillis = NEVER;
    private long lastNanos;

    /** From now on packets come from another source, or from the same anew. */
    void newSource() {
        begun = false;
        sawVideo = false;
        sawKeyFrame = false;
        videoRepeats = false;
        audioRepeats = false;
        held.clear();
    }

    /**
     * What goes on to the viewers of the next packet.
     *
     * @param nowNanos a clock that is never set
     */
    List<LivePacket> next(LivePacket packet, long nowNanos) {
        sawVideo |= packet.video();
        sawKeyFrame |= packet.isKeyFrame();
        if (packet.video() && !packet.isConfiguration() && !sawKeyFrame) {
            return List.of();
        }
        if (!begun && packet.isConfiguration()) {
            held.add(packet);
            return List.of();
        }
        if (!begun && !packet.isKeyFrame() && sawVideo && lastMillis != NEVER) {
            return List.of();
        }
        List<LivePacket> out = new ArrayList<>(1);
        if (!begun) {
            begin(packet, nowNanos);
            held.forEach(configuration -> add(out, configuration, unwrap(packet) + offsetMillis));
            held.clear();
        }
        add(out, packet, unwrap(packet) + offsetMillis);
        if (!out.isEmpty()) {
            lastNanos = nowNanos;
        }
        return out;
    }

    /** Finds out where the new source stands in what went through. */
    private void begin(LivePacket first, long nowNanos) {
        begun = true;
        if (lastMillis == NEVER) {
            return;
        }
        long atMillis = unwrap(first);
        long sameClockMillis = atMillis + offsetMillis;
        OptionalLong before = first.isKeyFrame() ? sentBefore(first) : OptionalLong.empty();
        long mostMillis = lastMillis + (nowNanos - lastNanos) / 1_000_000 + TOLERANCE_MILLIS;
        boolean goesOn = sameClockMillis > lastMillis && sameClockMillis <= mostMillis;
        if (before.isPresent() && (before.getAsLong() == sameClockMillis || !goesOn)) {
            offsetMillis = before.getAsLong() - atMillis;
            videoRepeats = true;
            audioRepeats = true;
        } else if (!goesOn) {
            offsetMillis = lastMillis + STEP_MILLIS - atMillis;
        }
    }

    private OptionalLong sentBefore(LivePacket keyFrame) {
        @Nullable Long millis = keyFrames.get(fingerprint(keyFrame));
        return millis == null ? OptionalLong.empty() : OptionalLong.of(millis);
    }

    private void add(List<LivePacket> out, LivePacket packet, long saidMillis) {
        if (packet.isConfiguration()) {
            if (!isSentAlready(packet)) {
                out.add(packet.at((int) Math.max(saidMillis, lastOf(packet))));
            }
            return;
        }
        long lastMillisOfTrack = lastOf(packet);
        long millis = saidMillis;
        if ((packet.video() ? videoRepeats : audioRepeats) && millis <= lastMillisOfTrack) {
            return;
        }
        if (millis < lastMillisOfTrack - JUMP_MILLIS) {
            offsetMillis += lastMillis + STEP_MILLIS - millis;
            millis = lastMillis + STEP_MILLIS;
        }
        millis = Math.max(millis, lastMillisOfTrack);
        sent(packet, millis);
        out.add(packet.at((int) millis));
    }

    private void sent(LivePacket packet, long millis) {
        lastMillis = Math.max(lastMillis, millis);
        if (packet.video()) {
            lastVideoMillis = millis;
            videoRepeats = false;
        } else {
            lastAudioMillis = millis;
            audioRepeats = false;
        }
        if (packet.isKeyFrame()) {
            Fingerprint fingerprint = fingerprint(packet);
            keyFrames.remove(fingerprint);
            keyFrames.put(fingerprint, millis);
            if (keyFrames.size() > KEY_FRAMES) {
                keyFrames.remove(keyFrames.keySet().iterator().next());
            }
        }
    }

    private boolean isSentAlready(LivePacket configuration) {
        LivePacket before = configuration.video() ? videoConfiguration : audioConfiguration;
        if (configuration.video()) {
            videoConfiguration = configuration;
        } else {
            audioConfiguration = configuration;
        }
        return before != null && Arrays.equals(before.body(), configuration.body());
    }

    private long lastOf(LivePacket packet) {
        return packet.video() ? lastVideoMillis : lastAudioMillis;
    }

    /** The packet's time stamp without its wrap at 32 bits: the one nearest to where the stream stands. */
    private long unwrap(LivePacket packet) {
        if (lastMillis == NEVER) {
            return packet.timestampMillis();
        }
        long near = lastMillis - offsetMillis;
        return near + (packet.timestampMillis() - (int) near);
    }

    private static Fingerprint fingerprint(LivePacket packet) {
        return new Fingerprint(packet.body().length, Crc32c.of(packet.body()));
    }
}
