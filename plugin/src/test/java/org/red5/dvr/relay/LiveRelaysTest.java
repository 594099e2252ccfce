package org.red5.dvr.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.live.LivePackets.frame;
import static org.red5.dvr.live.LivePackets.keyFrame;
import static org.red5.dvr.live.LivePackets.videoConfiguration;
import static org.red5.dvr.relay.LiveNet.CAMERA;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.red5.dvr.live.LiveFeed;
import org.red5.dvr.live.LivePacket;
import org.red5.dvr.live.LivePackets;
import org.red5.dvr.live.LiveSubscription;
import org.red5.dvr.peer.Route;
import org.red5.dvr.relay.LiveNet.Fault;
import org.red5.dvr.relay.LiveNet.Node;

class LiveRelaysTest {
    private static final int FRAME_MILLIS = 40;

    private final LiveNet net = new LiveNet();
    private final Node a1 = net.node("a1");
    private final Node a2 = net.node("a2");
    private int sent;

    /** An encoder that publishes to all of these. */
    private void publish(int frames, Node... to) {
        for (Node node : to) {
            if (node.feeds.find(CAMERA).isEmpty()) {
                LiveFeed feed = node.feeds.begin(CAMERA);
                feed.packet(videoConfiguration(sent * FRAME_MILLIS, 1));
            }
        }
        for (int i = 0; i < frames; i++, sent++) {
            int millis = sent * FRAME_MILLIS;
            LivePacket packet = sent % 25 == 0 ? keyFrame(millis, sent) : frame(millis, sent);
            for (Node node : to) {
                if (node.fault != Fault.DEAD) {
                    node.feeds.find(CAMERA).orElseThrow().packet(packet);
                }
            }
            net.pass(FRAME_MILLIS);
        }
    }

    /** An encoder with a key frame each 10 s, 20 Mbit/s: no server keeps its groups. */
    private void publishLong(int frames, boolean withSound, Node... to) {
        for (int i = 0; i < frames; i++, sent++) {
            int millis = sent * FRAME_MILLIS;
            for (Node node : to) {
                LiveFeed feed = node.feeds.find(CAMERA).orElseGet(() -> node.feeds.begin(CAMERA));
                if (sent % 250 == 0) {
                    feed.packet(videoConfiguration(millis, 1));
                }
                if (node.fault != Fault.DEAD) {
                    feed.packet(LivePackets.video(millis, sent % 250 == 0 ? 0x17 : 0x27, sent, 100_000));
                    if (withSound) {
                        feed.packet(LivePackets.sound(millis + 10, sent));
                    }
                }
            }
            net.pass(FRAME_MILLIS);
        }
    }

    private static List<String> media(LiveSubscription viewer) {
        return all(viewer).stream()
                .filter(packet -> !packet.isConfiguration())
                .map(LivePackets::name)
                .toList();
    }

    private static LiveRelay join(Node edge) {
        return edge.relays.join(CAMERA, Route.START).orElseThrow();
    }

    private static LiveSubscription watch(Node edge) {
        return join(edge).feed().subscribe(() -> {});
    }

    /** The frames from one to another, as a viewer gets them. */
    private static void assertGets(LiveSubscription viewer, int first, int last) {
        int expected = first;
        long lastMillis = Long.MIN_VALUE;
        Optional<LivePacket> packet = viewer.poll();
        while (packet.isPresent()) {
            LivePacket next = packet.get();
            if (!next.isConfiguration()) {
                assertEquals((expected % 25 == 0 ? "K" : "f") + expected, LivePackets.name(next));
                assertTrue(next.timestampMillis() > lastMillis);
                lastMillis = next.timestampMillis();
                expected++;
            }
            packet = viewer.poll();
        }
        assertEquals(last, expected - 1);
    }

    @Test
    void viewerGetsThePictureAtOnce() {
        Node edge = net.node("e").from(a1);
        publish(30, a1);
        LiveSubscription viewer = watch(edge);
        assertTrue(join(edge).begun().join());
        assertEquals("V1 K25 f26 f27 f28 f29", LivePackets.names(viewer));
        assertEquals(Optional.of("a1"), join(edge).source());
    }

    @Test
    void onePullHoweverManyViewers() {
        Node edge = net.node("e").from(a1, a2);
        publish(30, a1, a2);
        LiveSubscription first = watch(edge);
        for (int i = 0; i < 4; i++) {
            watch(edge);
        }
        publish(30, a1, a2);
        assertGets(first, 25, 59);
        assertEquals(1, a1.asked + a2.asked);
        assertEquals(5, join(edge).feed().subscribers());
        assertEquals(1, edge.relays.started());
    }

    @Test
    void endsTenSecondsAfterTheLastViewer() {
        Node edge = net.node("e").from(a1);
        publish(30, a1);
        LiveSubscription viewer = watch(edge);
        publish(500, a1);
        assertEquals(1, edge.relays.running().size());
        viewer.close();
        publish(245, a1);
        assertEquals(1, edge.relays.running().size());
        publish(10, a1);
        assertEquals(List.of(), edge.relays.running());
        assertEquals(0, a1.feeds.find(CAMERA).orElseThrow().subscribers());
        assertFalse(watch(edge).isOver(), "it begins anew when somebody comes");
    }

    @Test
    void nothingBeginsWhenNoSourceHasTheStream() {
        Node edge = net.node("e").from(a1, a2);
        LiveRelay relay = join(edge);
        assertFalse(relay.begun().join());
        assertTrue(relay.feed().hasEnded());
        assertEquals(List.of(), edge.relays.running());
        assertEquals(Optional.empty(), net.node("lonely").relays.join(CAMERA, Route.START));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"DEAD", "FROZEN", "GARBAGE"})
    void nextSourceGoesOnWithTheVeryNextPacket(Fault fault) {
        Node edge = net.node("e").from(a1, a2);
        publish(30, a1, a2);
        LiveSubscription viewer = watch(edge);
        publish(15, a1, a2);
        a1.fail(fault);
        publish(25, a1, a2);
        publish(50, a1, a2);
        if (fault == Fault.FROZEN) {
            // Its silence is waited for; meanwhile a group has passed that no server keeps.
            assertGoesOnWithin(viewer, 45, 3_000);
        } else {
            assertGets(viewer, 25, 119);
        }
        assertEquals(Optional.of("a2"), join(edge).source());
        assertFalse(viewer.isOver());
    }

    private static void assertGoesOnWithin(LiveSubscription viewer, int lastBefore, int millis) {
        List<LivePacket> packets = all(viewer);
        int at = 0;
        while (!LivePackets.name(packets.get(at)).endsWith(Integer.toString(lastBefore - 1))) {
            at++;
        }
        LivePacket before = packets.get(at);
        LivePacket after = packets.get(at + 1);
        assertTrue(after.isKeyFrame(), LivePackets.name(after));
        int hole = after.timestampMillis() - before.timestampMillis();
        assertTrue(hole > 0 && hole <= millis, hole + " ms are missing");
    }

    private static List<LivePacket> all(LiveSubscription viewer) {
        List<LivePacket> packets = new ArrayList<>();
        for (Optional<LivePacket> next = viewer.poll(); next.isPresent(); next = viewer.poll()) {
            next.filter(packet -> !packet.isSignOfLife()).ifPresent(packets::add);
        }
        return packets;
    }

    @Test
    void whoJoinsInALongGroupOfPicturesWaitsForTheNextOne() {
        Node middle = net.node("m").from(a1);
        Node edge = net.node("e").from(middle);
        publishLong(50, false, a1);
        LiveSubscription viewer = watch(edge);
        publishLong(1, false, a1);
        assertTrue(join(edge).begun().join(), "the stream is there, though no picture is yet");
        publishLong(198, false, a1);
        assertEquals(List.of(), media(viewer));
        assertFalse(viewer.isOver());
        publishLong(3, false, a1);
        assertEquals(List.of("K250", "f251"), media(viewer));
        assertEquals(1, a1.asked);
        assertEquals(1, middle.asked);
    }

    @Test
    void whoJoinsInALongGroupOfPicturesHearsTheSound() {
        Node middle = net.node("m").from(a1);
        Node edge = net.node("e").from(middle);
        publishLong(100, true, a1);
        LiveSubscription viewer = watch(edge);
        publishLong(2, true, a1);
        assertEquals(List.of("s100", "s101"), media(viewer));
        publishLong(148, true, a1);
        assertEquals(148, media(viewer).size());
        publishLong(2, true, a1);
        assertEquals(List.of("K250", "s250", "f251", "s251"), media(viewer));
        assertEquals(1, a1.asked);
    }

    @Test
    void nextSourceIsNotSilentWhileItsLongGroupOfPicturesLasts() {
        Node edge = net.node("e").from(a1, a2);
        publishLong(10, true, a1, a2);
        LiveSubscription viewer = watch(edge);
        publishLong(90, true, a1, a2);
        a1.fail(Fault.DEAD);
        publishLong(150, true, a1, a2);
        media(viewer);
        publishLong(2, true, a1, a2);
        assertEquals(List.of("K250", "s250", "f251", "s251"), media(viewer));
        assertEquals(1, a2.asked);
        assertFalse(viewer.isOver());
        a1.fail(Fault.NONE);
        List<String> sounds = new ArrayList<>();
        for (int second = 0; second < 60; second++) {
            publishLong(25, true, a1, a2);
            media(viewer).stream().filter(name -> name.startsWith("s")).forEach(sounds::add);
        }
        assertEquals(Optional.of("a1"), join(edge).source(), "and back, with the key frame of a long group");
        assertEquals(List.copyOf(new LinkedHashSet<>(sounds)), sounds);
        assertEquals(25 * 60, sounds.size(), "without a hole");
    }

    @Test
    void backToTheBetterSourceWhenItHasBeenWellForHalfAMinute() {
        Node edge = net.node("e").from(a1, a2);
        publish(30, a1, a2);
        LiveSubscription viewer = watch(edge);
        a1.fail(Fault.DEAD);
        publish(1, a1, a2);
        a1.fail(Fault.NONE);
        publish(25 * 29 - 1, a1, a2);
        assertEquals(Optional.of("a2"), join(edge).source());
        publish(25 * 3, a1, a2);
        assertEquals(Optional.of("a1"), join(edge).source());
        assertFalse(viewer.isOver());
        assertEquals(0, a2.feeds.find(CAMERA).orElseThrow().subscribers());
        assertEquals(0, viewer.skips());
    }

    @Test
    void viewersStayForHalfAMinuteWhenNoSourceWorks() {
        Node edge = net.node("e").from(a1, a2);
        publish(30, a1, a2);
        LiveSubscription viewer = watch(edge);
        LivePackets.names(viewer);
        a1.fail(Fault.DEAD);
        a2.fail(Fault.DEAD);
        int askedBefore = a1.asked + a2.asked;
        net.pass(29_000);
        assertFalse(viewer.isOver());
        int asked = a1.asked + a2.asked - askedBefore;
        assertTrue(asked >= 20 && asked <= 60, "asked " + asked + " times in 29 s");
        a2.fail(Fault.NONE);
        publish(75, a1, a2);
        assertTrue(LivePackets.names(viewer).contains("K50"), "it goes on");
        a2.fail(Fault.DEAD);
        net.pass(31_000);
        assertTrue(viewer.isOver());
    }

    @Test
    void chainsOverAnyNumberOfServers() {
        Node e1 = net.node("e1").from(a1);
        Node e2 = net.node("e2").from(e1);
        Node e3 = net.node("e3").from(e2);
        publish(30, a1);
        LiveSubscription viewer = watch(e3);
        publish(10, a1);
        assertGets(viewer, 25, 39);
        assertEquals(
                Set.of("e1", "e2", "e3"), a1.feeds.find(CAMERA).orElseThrow().nodes());
        viewer.close();
        publish(25 * 35, a1);
        assertEquals(0, a1.feeds.find(CAMERA).orElseThrow().subscribers(), "all of them have ended");
    }

    @Test
    void ringEndsAtOnce() {
        Node e1 = net.node("e1");
        Node e2 = net.node("e2").from(e1);
        Node e3 = net.node("e3").from(e2);
        e1.from(e3);
        assertFalse(join(e1).begun().join());
        assertTrue(e1.asked <= 1 && e2.asked <= 1 && e3.asked <= 1, "each is asked at most once");
        assertEquals(0, e1.asked);
        assertEquals(List.of(), e2.relays.running());
    }

    @Test
    void meshIsAskedOnceEachForWhatNobodyHas() {
        net.knowing = false;
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            nodes.add(net.node("n" + i));
        }
        nodes.forEach(node -> nodes.stream().filter(other -> other != node).forEach(node::from));
        assertFalse(join(nodes.get(0)).begun().join());
        nodes.forEach(node -> assertTrue(node.asked <= 1, node.name + " is asked " + node.asked + " times"));
        assertEquals(Optional.empty(), nodes.get(0).relays.join(CAMERA, Route.START), "it is not asked again at once");
        net.pass(1_000);
        publish(30, nodes.get(3));
        assertTrue(join(nodes.get(0)).begun().join());
    }

    @Test
    void serversThatAreEachOthersSourceDoNotFeedEachOther() {
        Node e1 = net.node("e1");
        Node e2 = net.node("e2").from(a2, e1);
        e1.from(a1, e2);
        publish(30, a1);
        LiveSubscription one = watch(e1);
        LiveSubscription two = watch(e2);
        publish(5, a1);
        assertEquals(Optional.of("e1"), join(e2).source());
        a1.fail(Fault.DEAD);
        net.pass(40_000);
        LivePackets.names(one);
        LivePackets.names(two);
        assertTrue(one.isOver());
        assertTrue(two.isOver());
        assertEquals(List.of(), e1.relays.running());
    }

    @Test
    void ownPublishIsGivenToPeersWhateverTheirWay() {
        publish(30, a1);
        assertTrue(a1.relays
                .open(CAMERA, new Route(List.of("e", "a1"), Set.of(), 0))
                .isPresent());
        assertTrue(net.node("e")
                .from(a1)
                .relays
                .open(CAMERA, new Route(List.of("x", "e"), Set.of(), 6))
                .isEmpty());
        assertTrue(net.node("f")
                .from(a1)
                .relays
                .open(CAMERA, new Route(List.of("x"), Set.of(), 0))
                .isEmpty());
    }

    /** The clock runs on in a thread of its own, also between the relay's being there and its first question. */
    @Test
    void clockThatTicksBeforeTheFirstQuestionAsksNothing() {
        Node edge = net.node("e").from(a1);
        publish(30, a1);
        LiveFeed feed = new LiveFeed(CAMERA, System::nanoTime);
        LivePull pull = net.pull(edge, feed);
        pull.tick();
        assertEquals(0, a1.asked);
        pull.start(Route.START);
        pull.tick();
        assertEquals(1, a1.asked);
    }

    @Test
    void relayEndsWhenItIsTold() {
        Node edge = net.node("e").from(a1);
        publish(30, a1);
        LiveSubscription viewer = watch(edge);
        edge.relays.end(CAMERA);
        LivePackets.names(viewer);
        assertTrue(viewer.isOver());
        assertEquals(List.of(), edge.relays.running());
        LiveRelay again = join(edge);
        assertSame(again.feed(), join(edge).feed());
        edge.relays.close();
        assertTrue(again.feed().hasEnded());
        assertEquals(Optional.empty(), edge.relays.join(CAMERA, Route.START));
    }

    /** Servers come and go; as long as one works, viewers get each picture in order, and none twice. */
    @Test
    void randomFaultsNeverShowAPictureTwice() {
        for (int seed = 0; seed < 100; seed++) {
            new LiveRelaysTest().run(new Random(seed), seed);
        }
    }

    private void run(Random random, int seed) {
        Node edge = net.node("e").from(a1, a2);
        publish(30, a1, a2);
        LiveSubscription viewer = watch(edge);
        int last = -1;
        long lastMillis = Long.MIN_VALUE;
        for (int change = 0; change < 12; change++) {
            Node one = random.nextBoolean() ? a1 : a2;
            Node other = one == a1 ? a2 : a1;
            other.fail(Fault.NONE);
            one.fail(Fault.values()[random.nextInt(Fault.values().length)]);
            publish(60 + random.nextInt(50), a1, a2);
            for (LivePacket packet : all(viewer)) {
                if (packet.isConfiguration()) {
                    continue;
                }
                int number = Integer.parseInt(LivePackets.name(packet).substring(1));
                String what = "seed " + seed + ": frame " + number + " after " + last;
                assertTrue(number == last + 1 || number > last && packet.isKeyFrame(), what);
                assertTrue(packet.timestampMillis() > lastMillis, what);
                assertTrue(last < 0 || number - last <= 75, what + ": more than 3 s are missing");
                last = number;
                lastMillis = packet.timestampMillis();
            }
            assertTrue(sent - 1 - last <= 75, "seed " + seed + ": nothing after frame " + last + " of " + sent);
        }
    }
}
