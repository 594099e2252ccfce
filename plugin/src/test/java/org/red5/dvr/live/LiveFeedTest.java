package org.red5.dvr.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.live.LivePackets.audioConfiguration;
import static org.red5.dvr.live.LivePackets.frame;
import static org.red5.dvr.live.LivePackets.keyFrame;
import static org.red5.dvr.live.LivePackets.names;
import static org.red5.dvr.live.LivePackets.sound;
import static org.red5.dvr.live.LivePackets.videoConfiguration;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.StreamKey;

class LiveFeedTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");

    private final AtomicLong nowNanos = new AtomicLong(-5);
    private final LiveFeed feed = new LiveFeed(CAMERA, nowNanos::get);

    private void send(LivePacket... packets) {
        for (LivePacket packet : packets) {
            feed.packet(packet);
        }
    }

    private LiveSubscription join() {
        return feed.subscribe(() -> {});
    }

    @Test
    void whoJoinsBeginsWithTheLastKeyFrame() {
        send(videoConfiguration(0, 1), audioConfiguration(0, 1), keyFrame(0, 1), frame(40, 2), keyFrame(80, 3));
        send(frame(120, 4), sound(125, 5));
        LiveSubscription viewer = join();
        assertEquals("V1 A1 K3 f4 s5", names(viewer));
        send(frame(160, 6));
        assertEquals("f6", names(viewer));
    }

    @Test
    void configurationsComeAtTheTimeOfTheKeyFrame() {
        send(videoConfiguration(0, 1), keyFrame(5_000, 1));
        LiveSubscription viewer = join();
        assertEquals(5_000, viewer.poll().orElseThrow().timestampMillis());
    }

    @Test
    void groupIsPrecededByTheConfigurationsThatItNeeds() {
        send(videoConfiguration(0, 1), keyFrame(0, 1), videoConfiguration(40, 2), frame(40, 2));
        assertEquals("V1 K1 V2 f2", names(join()));
        send(keyFrame(80, 3));
        assertEquals("V2 K3", names(join()));
    }

    @Test
    void nobodyGetsPicturesWithoutAKeyFrame() {
        send(videoConfiguration(0, 1), frame(0, 1));
        LiveSubscription viewer = join();
        send(frame(40, 2), sound(50, 3));
        assertEquals("V1 s3", names(viewer));
        send(frame(80, 4), frame(120, 5));
        assertEquals("-", names(viewer), "that it goes on");
        send(frame(160, 6), audioConfiguration(160, 2), sound(170, 7), keyFrame(200, 8));
        assertEquals("- A2 s7 K8", names(viewer));
    }

    @Test
    void soundAloneBeginsAnywhere() {
        send(audioConfiguration(0, 1), sound(0, 1), sound(20, 2));
        LiveSubscription viewer = join();
        send(sound(40, 3));
        assertEquals("A1 s3", names(viewer));
    }

    @Test
    void slowSubscriberGoesOnAtAKeyFrameAndHoldsUpNobody() {
        send(videoConfiguration(0, 1), keyFrame(0, 0));
        LiveSubscription slow = join();
        LiveSubscription quick = join();
        int sent = 1;
        while (slow.skips() == 0) {
            send(LivePackets.video(sent * 40, sent % 50 == 0 ? 0x17 : 0x27, sent, 100_000));
            names(quick);
            sent++;
            assertTrue(sent < 100, "more than 4 MB wait");
        }
        assertEquals("-", names(slow), "nothing old is kept");
        send(frame(sent * 40, sent), videoConfiguration(sent * 40, 2));
        assertEquals("-", names(slow));
        send(sound(sent * 40, 999), keyFrame(sent * 40, 1_000));
        assertEquals("V2 s999 K1000", names(slow));
        assertEquals(0, quick.skips());
    }

    @Test
    void memoryIsBoundedWhateverIsSent() {
        send(videoConfiguration(0, 1), keyFrame(0, 0));
        for (int i = 0; i < 40; i++) {
            send(LivePackets.video(i, 0x27, i, 100_000));
        }
        LiveSubscription viewer = join();
        assertEquals("V1", names(viewer), "the group is too long to be kept");
        send(keyFrame(99, 99));
        assertEquals("K99", names(viewer));
        for (int i = 0; i < 10 && viewer.skips() == 0; i++) {
            send(LivePackets.video(i, 0x27, i, 1_000_000));
        }
        for (int i = 0; i < 50; i++) {
            feed.packet(new LivePacket(false, i, new byte[1_000_000]));
        }
        assertTrue(viewer.skips() >= 10, "sound is not kept without a bound either");
    }

    @Test
    void wakesOnceForAllThatCameSinceNothingWasThere() {
        AtomicInteger wakes = new AtomicInteger();
        LiveSubscription viewer = feed.subscribe(wakes::incrementAndGet);
        send(keyFrame(0, 1), frame(40, 2));
        assertEquals(0, wakes.get(), "nobody has looked yet");
        names(viewer);
        send(frame(80, 3), frame(120, 4));
        assertEquals(1, wakes.get());
        names(viewer);
        feed.end();
        assertEquals(2, wakes.get());
    }

    @Test
    void endIsSeenAfterWhatWaits() {
        send(keyFrame(0, 1));
        LiveSubscription viewer = join();
        feed.end();
        assertFalse(viewer.isOver());
        assertEquals("K1", names(viewer));
        assertTrue(viewer.isOver());
        assertTrue(join().isOver());
        send(frame(40, 2));
        assertEquals("", names(viewer));
    }

    @Test
    void knowsWhoIsServed() {
        LiveSubscription one = feed.subscribe(() -> {}, List.of("e2", "e3"));
        feed.subscribe(() -> {}, List.of("e3"));
        assertEquals(Set.of("e2", "e3"), feed.nodes());
        assertEquals(2, feed.subscribers());
        one.close();
        assertEquals(Set.of("e3"), feed.nodes());
    }

    @Test
    void streamWithoutPacketsForTwoSecondsIsSilent() {
        LiveFeeds feeds = new LiveFeeds(nowNanos::get);
        LiveFeed camera = feeds.begin(CAMERA);
        camera.packet(keyFrame(0, 1));
        nowNanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_999));
        assertTrue(feeds.isLive(CAMERA));
        nowNanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        assertFalse(feeds.isLive(CAMERA));
        assertEquals(List.of(CAMERA), feeds.published());
        camera.packet(frame(40, 2));
        assertTrue(feeds.isLive(CAMERA));
    }

    @Test
    void registerTellsOfBeginningsAndEnds() {
        LiveFeeds feeds = new LiveFeeds(nowNanos::get);
        List<String> told = new ArrayList<>();
        feeds.listen(stream -> told.add(stream + " " + feeds.find(stream).isPresent()));
        LiveFeed first = feeds.begin(CAMERA);
        LiveFeed second = feeds.begin(CAMERA);
        assertTrue(first.hasEnded());
        feeds.end(first);
        assertSame(second, feeds.find(CAMERA).orElseThrow());
        feeds.end(second);
        feeds.end(second);
        assertEquals(List.of("live/camera true", "live/camera true", "live/camera false"), told);
    }
}
