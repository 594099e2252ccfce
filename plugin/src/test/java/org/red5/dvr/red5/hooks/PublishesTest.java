package org.red5.dvr.red5.hooks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockingDetails;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.apache.mina.core.buffer.IoBuffer;
import org.junit.jupiter.api.Test;
import org.red5.dvr.Fuzz;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.live.LiveSubscription;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.media.flv.FlvCorpus;
import org.red5.dvr.record.StreamSink;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.stream.IBroadcastStream;
import org.red5.server.api.stream.IStreamListener;
import org.red5.server.messaging.IMessageComponent;
import org.red5.server.messaging.IPipe;
import org.red5.server.messaging.IProvider;
import org.red5.server.messaging.InMemoryPushPushPipe;
import org.red5.server.messaging.OOBControlMessage;
import org.red5.server.net.rtmp.event.Aggregate;
import org.red5.server.net.rtmp.event.AudioData;
import org.red5.server.net.rtmp.event.VideoData;

class PublishesTest {
    private final List<String> happened = new ArrayList<>();
    private final InMemoryPushPushPipe pipe = new InMemoryPushPushPipe();
    private final LiveFeeds feeds = new LiveFeeds(System::nanoTime);
    private final IScope app = scope("live", scope("default", null));

    /** Notes what comes in, as {@code name: what}. */
    private record NotingSink(String name, List<String> happened) implements StreamSink {
        @Override
        public void video(int timestampMillis, byte[] body) {
            happened.add(name + ": video " + timestampMillis + " of " + body.length + ", first " + body[0]);
        }

        @Override
        public void audio(int timestampMillis, byte[] body) {
            happened.add(name + ": audio " + timestampMillis + " of " + body.length + ", first " + body[0]);
        }

        @Override
        public void end() {
            happened.add(name + ": end");
        }
    }

    private static final class Publisher implements IProvider {
        final Set<IStreamListener> listeners = new CopyOnWriteArraySet<>();
        final IBroadcastStream stream = mock(IBroadcastStream.class);

        Publisher() {
            when(stream.getProvider()).thenReturn(this);
            doAnswer(call -> listeners.add(call.getArgument(0))).when(stream).addStreamListener(any());
            doAnswer(call -> listeners.remove(call.<IStreamListener>getArgument(0)))
                    .when(stream)
                    .removeStreamListener(any());
        }

        @Override
        public void onOOBControlMessage(IMessageComponent source, IPipe pipe, OOBControlMessage message) {}
    }

    private static IScope scope(String name, IScope parent) {
        IScope scope = mock(IScope.class);
        when(scope.getName()).thenReturn(name);
        when(scope.getParent()).thenReturn(parent);
        when(scope.hasParent()).thenReturn(parent != null);
        return scope;
    }

    private void exists(IScope scope, String name) {
        IBroadcastScope broadcast = mock(IBroadcastScope.class);
        doAnswer(call -> {
                    pipe.addPipeConnectionListener(call.getArgument(0));
                    return null;
                })
                .when(broadcast)
                .addPipeConnectionListener(any());
        doAnswer(call -> {
                    pipe.removePipeConnectionListener(call.getArgument(0));
                    return null;
                })
                .when(broadcast)
                .removePipeConnectionListener(any());
        when(broadcast.getProviders()).thenAnswer(call -> pipe.getProviders());
        when(scope.getBroadcastScope(name)).thenReturn(broadcast);
    }

    private Publishes recordingAll() {
        int[] number = {0};
        return new Publishes(
                stream -> Optional.of(new NotingSink(stream + "#" + ++number[0], happened)), feeds, System::nanoTime);
    }

    private Publisher publish(Publishes publishes, IScope scope, String name) {
        exists(scope, name);
        Publisher publisher = new Publisher();
        pipe.subscribe(publisher, null);
        publishes.begun(scope, name, publisher.stream);
        return publisher;
    }

    private static void send(Publisher publisher, int... bytes) {
        IoBuffer data = IoBuffer.allocate(bytes.length);
        for (int value : bytes) {
            data.put((byte) value);
        }
        VideoData packet = new VideoData(data.flip());
        packet.setTimestamp(40);
        publisher.listeners.forEach(listener -> listener.packetReceived(publisher.stream, packet));
    }

    @Test
    void packetsReachTheSinkFromTheirFirstByte() {
        Publisher publisher = publish(recordingAll(), app, "camera");
        IoBuffer data = IoBuffer.wrap(new byte[] {0x17, 0, 0, 0, 0});
        VideoData video = new VideoData(data);
        video.setTimestamp(-5);
        video.getData().position(3);
        AudioData audio = new AudioData(IoBuffer.wrap(new byte[] {(byte) 0xaf, 0}));
        audio.setTimestamp(7);
        publisher.listeners.forEach(listener -> listener.packetReceived(publisher.stream, video));
        publisher.listeners.forEach(listener -> listener.packetReceived(publisher.stream, audio));
        assertEquals(
                List.of("live/camera#1: video -5 of 5, first 23", "live/camera#1: audio 7 of 2, first -81"), happened);
        assertEquals(3, video.getData().position(), "Red5's buffer is as it was");
    }

    @Test
    void endIsToldOnceAndNothingStaysBehind() {
        Publishes publishes = recordingAll();
        Publisher publisher = publish(publishes, app, "camera");
        assertEquals(List.of(new StreamKey("live", "camera")), publishes.recording());
        pipe.unsubscribe(publisher);
        pipe.subscribe(publisher, null);
        pipe.unsubscribe(publisher);
        assertEquals(List.of("live/camera#1: end"), happened);
        assertEquals(List.of(), publishes.recording());
        assertEquals(Set.of(), publisher.listeners);
        assertEquals(List.of(), pipe.getListeners());
    }

    @Test
    void streamThatWasClosedBeforeItWasHeardOfEndsAtOnce() {
        Publishes publishes = recordingAll();
        exists(app, "camera");
        publishes.begun(app, "camera", new Publisher().stream);
        assertEquals(List.of("live/camera#1: end"), happened);
        assertEquals(List.of(), publishes.recording());
        assertEquals(List.of(), pipe.getListeners());
    }

    @Test
    void otherProvidersOfTheScopeDoNotEndIt() {
        publish(recordingAll(), app, "camera");
        Publisher other = new Publisher();
        pipe.subscribe(other, null);
        pipe.unsubscribe(other);
        assertEquals(List.of(), happened);
    }

    @Test
    void republishGetsASinkOfItsOwn() {
        Publishes publishes = recordingAll();
        Publisher first = publish(publishes, app, "camera");
        send(first, 0x17, 1);
        pipe.unsubscribe(first);
        Publisher second = publish(publishes, app, "camera");
        send(second, 0x27, 1);
        assertEquals(
                List.of(
                        "live/camera#1: video 40 of 2, first 23",
                        "live/camera#1: end",
                        "live/camera#2: video 40 of 2, first 39"),
                happened);
        assertEquals(1, pipe.getListeners().size());
    }

    @Test
    void secondStreamOfOneNameEndsTheFirst() {
        Publishes publishes = recordingAll();
        publish(publishes, app, "room/camera");
        publish(publishes, scope("room", app), "camera");
        assertEquals(List.of("live/room/camera#1: end"), happened);
        assertEquals(List.of(new StreamKey("live", "room/camera")), publishes.recording());
    }

    @Test
    void aggregatesInAggregatesAreLeftOut() {
        Publisher publisher = publish(recordingAll(), app, "camera");
        byte[] nest = tag(22, 40, tag(9, 40, new byte[] {0x17, 1}));
        byte[] deep = new byte[200_000 * 15];
        for (int at = 0; at + 11 < deep.length; at += 11) {
            int rest = deep.length - at - 11;
            ByteBuffer.wrap(deep, at, 11).putInt(22 << 24 | rest);
        }
        for (byte[] payload : List.of(nest, deep, join(tag(8, 7, new byte[] {5}), nest))) {
            sendAggregate(publisher, payload);
        }
        assertEquals(List.of("live/camera#1: audio 40 of 1, first 5"), happened);
    }

    @Test
    void anyAggregateIsTakenApartOrLeftOut() throws InterruptedException {
        List<FlvCorpus.Tag> tags = FlvCorpus.publishes().get(0);
        StreamSink sink = mock(StreamSink.class);
        Publisher publisher =
                publish(new Publishes(stream -> Optional.of(sink), feeds, System::nanoTime), app, "camera");
        Fuzz.run("aggregates", 0.1, 64 << 20, random -> {
            clearInvocations(sink);
            byte[] message = new byte[0];
            int count = random.nextInt(20);
            for (int i = 0; i < count; i++) {
                FlvCorpus.Tag tag = tags.get(random.nextInt(tags.size()));
                message = join(message, tag(tag.video() ? 9 : 8, tag.timestampMillis(), tag.body()));
                message = random.nextInt(4) == 0 ? tag(22, tag.timestampMillis(), message) : message;
            }
            sendAggregate(publisher, random.nextBoolean() ? DamagedBytes.damage(message, random) : message);
            int taken = mockingDetails(sink).getInvocations().size();
            assertTrue(taken <= count + message.length / 11, taken + " of " + count);
        });
        clearInvocations(sink);
        sendAggregate(publisher, tag(8, 7, new byte[] {5}));
        verify(sink).audio(40, new byte[] {5});
    }

    private static void sendAggregate(Publisher publisher, byte[] payload) {
        Aggregate packet = new Aggregate(IoBuffer.wrap(payload));
        packet.setTimestamp(40);
        publisher.listeners.forEach(listener -> listener.packetReceived(publisher.stream, packet));
    }

    private static byte[] tag(int type, int timestampMillis, byte[] body) {
        return ByteBuffer.allocate(11 + body.length + 4)
                .putInt(type << 24 | body.length)
                .putInt(timestampMillis << 8 | timestampMillis >>> 24)
                .put(new byte[3])
                .put(body)
                .putInt(11 + body.length)
                .array();
    }

    private static byte[] join(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    @Test
    void streamThatIsNotRecordedIsLiveAllTheSame() {
        Publishes publishes = new Publishes(stream -> Optional.empty(), feeds, System::nanoTime);
        Publisher publisher = publish(publishes, app, "camera");
        StreamKey key = new StreamKey("live", "camera");
        LiveSubscription viewer = feeds.find(key).orElseThrow().subscribe(() -> {});
        send(publisher, 0x17, 1);
        assertEquals(List.of(), publishes.recording());
        assertArrayEquals(new byte[] {0x17, 1}, viewer.poll().orElseThrow().body());
        pipe.unsubscribe(publisher);
        assertTrue(viewer.isOver());
        assertEquals(List.of(), feeds.published());
        assertEquals(Set.of(), publisher.listeners);
    }

    @Test
    void packetsOutliveRed5sBuffersAsOneCopy() {
        List<byte[]> recorded = new ArrayList<>();
        StreamSink sink = mock(StreamSink.class);
        doAnswer(call -> recorded.add(call.getArgument(1))).when(sink).video(anyInt(), any());
        Publisher publisher =
                publish(new Publishes(stream -> Optional.of(sink), feeds, System::nanoTime), app, "camera");
        LiveSubscription viewer =
                feeds.find(new StreamKey("live", "camera")).orElseThrow().subscribe(() -> {});
        IoBuffer reused = IoBuffer.wrap(new byte[] {0x17, 1, 42});
        VideoData packet = new VideoData(reused);
        publisher.listeners.forEach(listener -> listener.packetReceived(publisher.stream, packet));
        reused.put(2, (byte) 0);
        assertArrayEquals(new byte[] {0x17, 1, 42}, recorded.get(0));
        assertSame(recorded.get(0), viewer.poll().orElseThrow().body());
    }

    @Test
    void allEndAndNoOtherBegins() {
        Publishes publishes = recordingAll();
        publish(publishes, app, "camera");
        publish(publishes, app, "stage");
        publishes.beginNoMore();
        publishes.endAll();
        publish(publishes, app, "late");
        assertEquals(Set.of("live/camera#1: end", "live/stage#2: end"), Set.copyOf(happened));
        assertEquals(List.of(), publishes.recording());
    }
}
