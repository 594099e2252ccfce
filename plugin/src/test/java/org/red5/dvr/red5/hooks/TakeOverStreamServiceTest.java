package org.red5.dvr.red5.hooks;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.mina.core.buffer.IoBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.red5.dvr.config.Republish;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.record.StreamSink;
import org.red5.dvr.red5.CleanThread;
import org.red5.dvr.red5.fixes.MendedConnection;
import org.red5.server.api.IConnection;
import org.red5.server.api.IContext;
import org.red5.server.api.Red5;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.service.IStreamSecurityService;
import org.red5.server.api.stream.IClientBroadcastStream;
import org.red5.server.api.stream.IClientStream;
import org.red5.server.api.stream.IStreamListener;
import org.red5.server.api.stream.IStreamPublishSecurity;
import org.red5.server.messaging.IProvider;
import org.red5.server.messaging.InMemoryPushPushPipe;
import org.red5.server.net.rtmp.Channel;
import org.red5.server.net.rtmp.event.VideoData;
import org.red5.server.stream.IProviderService;

/** Red5's own stream service, below ours, with connections and streams that do what it asks of them. */
@ExtendWith(CleanThread.class)
class TakeOverStreamServiceTest {
    private long nowNanos = 1;
    private Republish rule = Republish.DEFAULT;
    private final StreamSink sink = mock(StreamSink.class);
    private final Publishes publishes =
            new Publishes(stream -> Optional.of(sink), new LiveFeeds(() -> nowNanos), () -> nowNanos);
    private final TakeOverStreamService service = new TakeOverStreamService(publishes, stream -> rule);
    private final InMemoryPushPushPipe pipe = new InMemoryPushPushPipe();
    private final IScope app = mock(IScope.class);
    private final List<Client> clients = new ArrayList<>();

    /** A connection that publishes with Red5's means. */
    private final class Client {
        final MendedConnection connection = mock(MendedConnection.class);
        final Map<Number, IClientStream> streams = new HashMap<>();
        final List<IStreamListener> listeners = new ArrayList<>();
        final IClientBroadcastStream stream = mock(IClientBroadcastStream.class);
        final IProvider provider = mock(IProvider.class);

        Client() {
            when(connection.getChannel(anyInt())).thenReturn(mock(Channel.class));
            when(connection.millisSinceMedia(any())).thenReturn(Long.MAX_VALUE);
            when(connection.getScope()).thenReturn(app);
            when(connection.getStreamId()).thenReturn(1);
            when(connection.getDuty()).thenReturn(IConnection.Duty.PUBLISHER);
            when(connection.getStreamsMap()).thenReturn(streams);
            when(connection.getStreamById(any())).thenAnswer(call -> streams.get(call.<Number>getArgument(0)));
            when(connection.newBroadcastStream(any())).thenAnswer(call -> {
                streams.put(1, stream);
                return stream;
            });
            doAnswer(call -> streams.remove(call.<Number>getArgument(0)))
                    .when(connection)
                    .unreserveStreamId(any());
            when(stream.getConnection()).thenReturn(connection);
            when(stream.getStreamId()).thenReturn(1);
            when(stream.getProvider()).thenReturn(provider);
            doAnswer(call -> listeners.add(call.getArgument(0))).when(stream).addStreamListener(any());
            doAnswer(call -> pipe.unsubscribe(provider)).when(stream).close();
            clients.add(this);
        }

        void publish(String name) {
            Red5.setConnectionLocal(connection);
            service.publish(name, "live");
            assertSame(connection, Red5.getConnectionLocal());
        }

        boolean hasTheName() {
            return pipe.getProviders().equals(List.of(provider));
        }

        void send() {
            VideoData packet = new VideoData(IoBuffer.wrap(new byte[] {0x17, 1}));
            listeners.forEach(listener -> listener.packetReceived(stream, packet));
        }
    }

    @BeforeEach
    void red5() {
        IScope root = mock(IScope.class);
        when(app.getName()).thenReturn("live");
        when(app.hasParent()).thenReturn(true);
        when(app.getParent()).thenReturn(root);
        IBroadcastScope camera = mock(IBroadcastScope.class);
        when(camera.getProviders()).thenAnswer(call -> pipe.getProviders());
        doAnswer(call -> {
                    pipe.addPipeConnectionListener(call.getArgument(0));
                    return null;
                })
                .when(camera)
                .addPipeConnectionListener(any());
        when(app.getBroadcastScope("camera")).thenReturn(camera);
        allow(true);
        IContext context = mock(IContext.class);
        IProviderService providers = mock(IProviderService.class);
        when(app.getContext()).thenReturn(context);
        when(context.getBean(IProviderService.BEAN_NAME)).thenReturn(providers);
        when(providers.registerBroadcastStream(any(), anyString(), any())).thenAnswer(call -> {
            IClientBroadcastStream stream = call.getArgument(2);
            pipe.subscribe(stream.getProvider(), null);
            publishes.begun(app, "camera", stream);
            return true;
        });
    }

    /** What the application says of whoever wants to publish. */
    private void allow(boolean allowed) {
        IStreamSecurityService security = mock(IStreamSecurityService.class);
        IStreamPublishSecurity handler = mock(IStreamPublishSecurity.class);
        when(handler.isPublishAllowed(any(), anyString(), anyString())).thenReturn(allowed);
        when(security.getStreamPublishSecurity()).thenReturn(Set.of(handler));
        when(app.hasAttribute(anyString())).thenReturn(true);
        when(app.getAttribute(anyString()))
                .thenAnswer(call -> call.<String>getArgument(0).contains("SecurityService") ? security : null);
    }

    private void pass(Duration time) {
        nowNanos += time.toNanos();
    }

    /** It does so by reflection, from a package of its own. */
    @Test
    void red5CanCallIt() throws ReflectiveOperationException {
        Method publish = TakeOverStreamService.class.getMethod("publish", String.class, String.class);
        assertDoesNotThrow(() -> MethodHandles.publicLookup().unreflect(publish));
    }

    @Test
    void silentPublisherGivesItsNameToWhoAsks() {
        Client silent = new Client();
        Client next = new Client();
        silent.publish("camera");
        silent.send();
        pass(Duration.ofSeconds(3));
        assertTrue(silent.hasTheName(), "as long as nobody asks");
        next.publish("camera");
        assertTrue(next.hasTheName());
        verify(sink).end();
        verify(silent.connection).close();
        assertEquals(1, publishes.recording().size());
    }

    @Test
    void nameWithAQueryIsTheSameName() {
        Client silent = new Client();
        Client next = new Client();
        silent.publish("camera?key=1");
        pass(Duration.ofSeconds(3));
        next.publish("camera?key=2");
        assertTrue(next.hasTheName());
    }

    @Test
    void publisherThatSendsKeepsItsName() {
        Client sending = new Client();
        Client next = new Client();
        sending.publish("camera");
        pass(Duration.ofSeconds(2));
        sending.send();
        pass(Duration.ofMillis(2_999));
        next.publish("camera");
        assertTrue(sending.hasTheName());
        verify(next.connection, never()).newBroadcastStream(any());
        verify(sending.connection, never()).close();
    }

    @Test
    void mediaThatWaitInsideRed5CountAsSent() {
        Client sending = new Client();
        Client next = new Client();
        sending.publish("camera");
        pass(Duration.ofSeconds(10));
        when(sending.connection.millisSinceMedia(1)).thenReturn(2_999L);
        next.publish("camera");
        assertTrue(sending.hasTheName());
        when(sending.connection.millisSinceMedia(1)).thenReturn(3_000L);
        next.publish("camera");
        assertTrue(next.hasTheName());
    }

    @Test
    void configurationSaysWhen() {
        Client silent = new Client();
        Client next = new Client();
        silent.publish("camera");
        rule = Republish.REFUSE;
        pass(Duration.ofHours(1));
        next.publish("camera");
        assertTrue(silent.hasTheName());
        rule = new Republish(Optional.of(Duration.ofHours(2)));
        next.publish("camera");
        assertTrue(silent.hasTheName());
        pass(Duration.ofHours(1));
        next.publish("camera");
        assertTrue(next.hasTheName());
    }

    @Test
    void whoMayNotPublishTakesNothingOver() {
        Client silent = new Client();
        silent.publish("camera");
        pass(Duration.ofSeconds(30));
        allow(false);
        new Client().publish("camera");
        assertTrue(silent.hasTheName());
        verify(silent.connection, never()).close();
    }

    @Test
    void ofTwoThatAskAtOnceOneGetsTheName() {
        Client silent = new Client();
        Client first = new Client();
        Client second = new Client();
        silent.publish("camera");
        pass(Duration.ofSeconds(3));
        doAnswer(call -> {
                    second.publish("camera");
                    Red5.setConnectionLocal(first.connection);
                    return pipe.unsubscribe(silent.provider);
                })
                .when(silent.stream)
                .close();
        first.publish("camera");
        assertTrue(first.hasTheName());
        verify(second.connection, never()).newBroadcastStream(any());
        second.publish("camera");
        assertTrue(first.hasTheName(), "it has just begun");
    }

    @Test
    void connectionThatDoesSomethingElseStaysOpen() {
        Client silent = new Client();
        Client next = new Client();
        silent.publish("camera");
        silent.streams.put(2, mock(IClientStream.class));
        pass(Duration.ofSeconds(3));
        next.publish("camera");
        assertTrue(next.hasTheName());
        verify(silent.connection, never()).close();
    }

    @Test
    void clientMayTakeOverFromItself() {
        Client client = new Client();
        client.publish("camera");
        pass(Duration.ofSeconds(3));
        client.publish("camera");
        assertTrue(client.hasTheName());
        verify(sink).end();
        verify(client.connection, never()).close();
    }

    @Test
    void whatTheServerPublishesItselfIsNotTakenOver() {
        IClientBroadcastStream picture = mock(IClientBroadcastStream.class);
        IProvider provider = mock(IProvider.class);
        when(picture.getProvider()).thenReturn(provider);
        pipe.subscribe(provider, null);
        publishes.begun(app, "camera", picture);
        pass(Duration.ofHours(1));
        Client next = new Client();
        next.publish("camera");
        assertFalse(next.hasTheName());
        assertEquals(List.of(provider), pipe.getProviders());
    }

    @Test
    void streamThatIsDeletedTakesNothingOver() {
        Client silent = new Client();
        silent.publish("camera");
        pass(Duration.ofSeconds(30));
        Client refused = new Client();
        refused.streams.put(1, refused.stream);
        when(refused.stream.getPublishedName()).thenReturn("camera");
        service.deleteStream(refused.connection, 1);
        assertTrue(silent.hasTheName());
        verify(refused.stream).close();
        verify(app, never()).removeChildScope(any());
        verify(silent.connection, never()).unreserveStreamId(eq(1));
    }
}
