package org.red5.dvr.red5.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyBoolean;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.live.LiveFeed;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.live.LivePackets;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.client.LivePeerReply;
import org.red5.dvr.relay.LiveCandidates;
import org.red5.dvr.relay.LiveRelays;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.stream.IClientBroadcastStream;
import org.red5.server.messaging.IConsumer;
import org.red5.server.messaging.IMessage;
import org.red5.server.messaging.IProvider;
import org.red5.server.net.rtmp.event.VideoData;
import org.red5.server.stream.IProviderService;
import org.red5.server.stream.message.RTMPMessage;
import org.red5.server.stream.message.StatusMessage;

class RelayedStreamsTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");

    private long nowNanos = 1;
    private final LiveFeeds there = new LiveFeeds(() -> nowNanos);
    private final LiveRelays source = new LiveRelays(
            "a1",
            there,
            LiveCandidates.NONE,
            (peer, stream, route, timeout) -> new CompletableFuture<>(),
            Runnable::run,
            () -> nowNanos);
    private final LiveRelays relays = new LiveRelays(
            "edge",
            new LiveFeeds(() -> nowNanos),
            stream -> List.of(new LiveCandidates.Candidate(new PeerAddress("a1", 5080), stream, List.of("a1"), false)),
            (peer, stream, route, timeout) -> open(stream, route),
            Runnable::run,
            () -> nowNanos);
    private final RelayedStreams relayed = new RelayedStreams(relays, Runnable::run, () -> nowNanos);

    private final IScope app = mock(IScope.class);
    private final IBroadcastScope pipe = mock(IBroadcastScope.class);
    private final IProviderService scopes = mock(IProviderService.class);
    private final List<IConsumer> players = new ArrayList<>();
    private final List<IProvider> publishers = new ArrayList<>();
    private final List<String> pushed = new ArrayList<>();
    private @Nullable IClientBroadcastStream played;

    private CompletableFuture<LivePeerReply> open(StreamKey stream, Route route) {
        return source.open(stream, route)
                .map(body -> CompletableFuture.completedFuture(
                        new LivePeerReply("a1", to -> body.subscribe(new Pieces(to)))))
                .orElseGet(() -> CompletableFuture.failedFuture(new IOException("answered 404")));
    }

    private record Pieces(Flow.Subscriber<? super List<ByteBuffer>> to) implements Flow.Subscriber<ByteBuffer> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            to.onSubscribe(subscription);
        }

        @Override
        public void onNext(ByteBuffer buffer) {
            to.onNext(List.of(buffer));
        }

        @Override
        public void onError(Throwable failure) {
            to.onError(failure);
        }

        @Override
        public void onComplete() {
            to.onComplete();
        }
    }

    @BeforeEach
    void scopes() throws IOException {
        IScope root = mock(IScope.class);
        when(app.getName()).thenReturn("live");
        when(app.hasParent()).thenReturn(true);
        when(app.getParent()).thenReturn(root);
        when(app.getBroadcastScope("camera")).thenReturn(pipe);
        when(scopes.getLiveProviderInput(eq(app), eq("camera"), anyBoolean())).thenReturn(pipe);
        when(pipe.getConsumers()).thenReturn(players);
        when(pipe.getProviders()).thenReturn(publishers);
        when(pipe.getClientBroadcastStream()).thenAnswer(call -> played);
        doAnswer(call -> played = call.getArgument(0)).when(pipe).setClientBroadcastStream(any());
        doAnswer(call -> pushed.add(name(call.getArgument(0)))).when(pipe).pushMessage(any());
    }

    private static String name(IMessage message) {
        if (message instanceof StatusMessage status) {
            return status.getBody().getCode();
        }
        VideoData video = (VideoData) ((RTMPMessage) message).getBody();
        return Integer.toHexString(video.getData().get(0)) + "@" + video.getTimestamp();
    }

    private LiveFeed publish() {
        LiveFeed feed = there.begin(CAMERA);
        feed.packet(LivePackets.videoConfiguration(0, 1));
        feed.packet(LivePackets.keyFrame(1_000, 1));
        feed.packet(LivePackets.frame(1_040, 2));
        return feed;
    }

    private void pass(int millis) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
        relays.tick();
        relayed.tick();
    }

    private void publishFor(LiveFeed feed, int millis) {
        for (int passed = 0; passed < millis; passed += 100) {
            feed.packet(LivePackets.frame(2_000 + passed, passed));
            pass(100);
        }
    }

    @Test
    void playerGetsAllFromTheKeyFrameOnOnceItIsReady() {
        LiveFeed feed = publish();
        assertTrue(relayed.offer(app, "camera", scopes));
        assertEquals(List.of(), pushed);
        players.add(mock(IConsumer.class));
        relayed.playing(app, "camera");
        assertEquals(List.of("17@1000", "17@1000", "27@1040"), pushed);
        feed.packet(LivePackets.frame(1_080, 3));
        assertEquals("27@1080", pushed.get(3));
        assertEquals("camera", played.getPublishedName());
    }

    @Test
    void whatNoSourceHasIsNotOffered() {
        assertFalse(relayed.offer(app, "camera", scopes));
        assertNull(played);
        assertFalse(relayed.offer(app, "camera", scopes), "nor asked for again at once");
    }

    @Test
    void relayWithoutPlayersIsLeftAndItsScopeTakenAway() {
        LiveFeed feed = publish();
        assertTrue(relayed.offer(app, "camera", scopes));
        IConsumer player = mock(IConsumer.class);
        players.add(player);
        relayed.playing(app, "camera");
        publishFor(feed, 5_000);
        assertEquals(1, feed.subscribers());
        players.remove(player);
        publishFor(feed, 100);
        assertNull(played);
        verify(app).removeChildScope(pipe);
        publishFor(feed, 9_800);
        assertEquals(1, feed.subscribers(), "it goes on for ten seconds");
        publishFor(feed, 300);
        assertEquals(0, feed.subscribers());
        assertFalse(pushed.contains("NetStream.Play.UnpublishNotify"));
    }

    @Test
    void playersAreToldWhenTheStreamIsOver() {
        LiveFeed feed = publish();
        assertTrue(relayed.offer(app, "camera", scopes));
        players.add(mock(IConsumer.class));
        relayed.playing(app, "camera");
        there.end(feed);
        for (int i = 0; i < 310; i++) {
            pass(100);
        }
        assertEquals("NetStream.Play.UnpublishNotify", pushed.get(pushed.size() - 1));
        assertEquals(List.of(), relays.running());
    }

    @Test
    void publisherHereGetsThePlaceAndNoPacketComesAfterIt() {
        LiveFeed feed = publish();
        assertTrue(relayed.offer(app, "camera", scopes));
        players.add(mock(IConsumer.class));
        relayed.playing(app, "camera");
        assertTrue(relayed.published(app, "camera", () -> {
            assertNull(played);
            assertEquals("NetStream.Play.UnpublishNotify", pushed.get(pushed.size() - 1));
            publishers.add(mock(IProvider.class));
            return true;
        }));
        int before = pushed.size();
        feed.packet(LivePackets.frame(1_080, 3));
        assertEquals(before, pushed.size());
        assertTrue(relayed.offer(app, "camera", scopes), "it is live");
        assertNull(played, "but not relayed");
    }

    @Test
    void nothingIsRelayedAnyMoreWhenTheServerStops() {
        publish();
        assertTrue(relayed.offer(app, "camera", scopes));
        relayed.close();
        relays.close();
        assertNull(played);
        assertFalse(relayed.offer(app, "camera", scopes));
    }
}
