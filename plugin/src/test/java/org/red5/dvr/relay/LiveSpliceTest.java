package org.red5.dvr.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.live.LivePackets.audioConfiguration;
import static org.red5.dvr.live.LivePackets.frame;
import static org.red5.dvr.live.LivePackets.keyFrame;
import static org.red5.dvr.live.LivePackets.sound;
import static org.red5.dvr.live.LivePackets.videoConfiguration;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.red5.dvr.live.LivePacket;
import org.red5.dvr.live.LivePackets;

class LiveSpliceTest {
    private final LiveSplice splice = new LiveSplice();
    private long nowNanos = 7;

    /** What goes on, as {@code name@time}. */
    private String next(LivePacket... packets) {
        List<String> out = new ArrayList<>();
        for (LivePacket packet : packets) {
            splice.next(packet, nowNanos)
                    .forEach(passed -> out.add(LivePackets.name(passed) + "@" + passed.timestampMillis()));
        }
        return String.join(" ", out);
    }

    private void wait(int millis) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void firstSourceGoesThroughAsItIs() {
        assertEquals(
                "V1@0 A1@0 K1@0 f2@40 s3@45",
                next(videoConfiguration(0, 1), audioConfiguration(0, 1), keyFrame(0, 1), frame(40, 2), sound(45, 3)));
    }

    @Test
    void beginsAtAKeyFrame() {
        assertEquals("", next(frame(0, 1), videoConfiguration(40, 1), frame(40, 3)));
        assertEquals("V1@80 K4@80", next(keyFrame(80, 4)));
    }

    @Test
    void soundOfTheFirstSourceGoesThroughBeforeAKeyFrame() {
        assertEquals("V1@10 s2@10", next(frame(0, 1), videoConfiguration(5, 1), sound(10, 2), frame(40, 3)));
        assertEquals("K4@80 f5@120", next(keyFrame(80, 4), frame(120, 5)));
        splice.newSource();
        assertEquals("", next(videoConfiguration(5, 1), sound(130, 6)), "the next one has to be joined to it");
        assertEquals("K7@160 s8@165", next(keyFrame(160, 7), sound(165, 8)));
    }

    @Test
    void soundAloneGoesThrough() {
        assertEquals("A1@100 s1@100 s2@120", next(audioConfiguration(0, 1), sound(100, 1), sound(120, 2)));
    }

    @Test
    void sameEncoderGoesOnWithTheVeryNextPacket() {
        next(videoConfiguration(0, 1), audioConfiguration(0, 1), keyFrame(0, 1), frame(40, 2), sound(41, 3));
        splice.newSource();
        assertEquals(
                "f4@80 s5@82",
                next(
                        videoConfiguration(0, 1),
                        audioConfiguration(0, 1),
                        keyFrame(0, 1),
                        frame(40, 2),
                        sound(41, 3),
                        frame(80, 4),
                        sound(82, 5)));
    }

    @Test
    void sameEncoderIsKnownByItsKeyFrameWhateverTheClock() {
        next(videoConfiguration(0, 1), keyFrame(1_000, 1), frame(1_040, 2));
        splice.newSource();
        assertEquals(
                "f3@1080", next(videoConfiguration(0, 1), keyFrame(900_000, 1), frame(900_040, 2), frame(900_080, 3)));
    }

    @Test
    void laterKeyFrameOfTheSameClockKeepsItsTime() {
        next(videoConfiguration(0, 1), keyFrame(0, 1), frame(40, 2));
        splice.newSource();
        wait(2_500);
        assertEquals("K9@2000 f10@2040", next(videoConfiguration(0, 1), keyFrame(2_000, 9), frame(2_040, 10)));
    }

    @Test
    void otherEncoderFollowsWithItsConfigurations() {
        next(videoConfiguration(0, 1), audioConfiguration(0, 1), keyFrame(5_000, 1), frame(5_040, 2), sound(5_050, 3));
        splice.newSource();
        wait(100);
        assertEquals(
                "V2@5090 K7@5090 s8@5091 f9@5130",
                next(
                        videoConfiguration(0, 2),
                        audioConfiguration(0, 1),
                        keyFrame(100, 7),
                        sound(101, 8),
                        frame(140, 9)));
    }

    @Test
    void timeStampsThatStartAgainGoOn() {
        next(videoConfiguration(0, 1), keyFrame(90_000, 1), frame(90_040, 2));
        assertEquals("K3@90080 f4@90120", next(keyFrame(0, 3), frame(40, 4)));
    }

    @Test
    void timeStampsWrapAt32Bits() {
        int end = -40;
        next(videoConfiguration(end, 1), keyFrame(end, 1), frame(end + 20, 2));
        assertEquals("f3@0 f4@20", next(frame(0, 3), frame(20, 4)));
        next(keyFrame(Integer.MAX_VALUE - 10, 5));
        assertEquals("f6@" + (Integer.MIN_VALUE + 9), next(frame(Integer.MIN_VALUE + 9, 6)));
    }

    /** Whatever sources do, viewers see no step back, and after each change a key frame or what follows on what they have. */
    @Test
    void noStepBackInRandomRuns() {
        for (int seed = 0; seed < 300; seed++) {
            run(new Random(seed), seed);
        }
    }

    private void run(Random random, int seed) {
        LiveSplice tried = new LiveSplice();
        long[] last = {Long.MIN_VALUE, Long.MIN_VALUE};
        int lastFrame = -1;
        int live = 0;
        long clockOfEncoder = random.nextInt(100_000);
        for (int change = 0; change < 8; change++) {
            tried.newSource();
            boolean sameEncoder = random.nextBoolean();
            if (!sameEncoder) {
                live += 1_000_000;
                clockOfEncoder = random.nextInt(1_000_000);
            }
            int offset = random.nextInt(3) == 0 ? random.nextInt() >> 4 : 0;
            int from = live / 25 * 25;
            int until = live + random.nextInt(100);
            boolean first = true;
            for (int number = from; number <= until; number++) {
                nowNanos += TimeUnit.MILLISECONDS.toNanos(number < live ? 0 : 40);
                int millis = (int) (clockOfEncoder + (number % 1_000_000) * 40L + offset);
                LivePacket video = number % 25 == 0 ? keyFrame(millis, number) : frame(millis, number);
                List<LivePacket> out = new ArrayList<>(tried.next(video, nowNanos));
                out.addAll(tried.next(sound(millis + 5, number), nowNanos));
                for (LivePacket packet : out) {
                    int track = packet.video() ? 0 : 1;
                    String what = "seed " + seed + ", change " + change + ": " + LivePackets.name(packet) + " at "
                            + packet.timestampMillis();
                    assertTrue(packet.timestampMillis() >= last[track], () -> what + " after " + last[track]);
                    last[track] = packet.timestampMillis();
                    if (packet.video()) {
                        boolean follows = number == lastFrame + 1;
                        assertTrue(packet.isKeyFrame() || follows, what + " after frame " + lastFrame);
                        assertTrue(!sameEncoder || !first || change == 0 || number > lastFrame, what);
                        lastFrame = number;
                        first = false;
                    }
                }
            }
            live = until;
            assertEquals(until, lastFrame, "seed " + seed + ": all up to the end goes through");
        }
    }
}
