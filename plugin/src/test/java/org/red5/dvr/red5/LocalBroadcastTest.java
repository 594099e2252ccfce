package org.red5.dvr.red5;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.red5.server.api.IConnection;
import org.red5.server.api.IContext;
import org.red5.server.api.Red5;
import org.red5.server.api.scope.IScope;
import org.red5.server.stream.ClientBroadcastStream;
import org.red5.server.stream.IProviderService;

@ExtendWith(CleanThread.class)
class LocalBroadcastTest {
    private final IScope app = mock(IScope.class);
    private final IContext context = mock(IContext.class);
    private final IProviderService providers = mock(IProviderService.class);
    private final ClientBroadcastStream stream = mock(ClientBroadcastStream.class);

    @BeforeEach
    void red5() {
        when(app.getName()).thenReturn("live");
        when(app.getContext()).thenReturn(context);
        when(context.getBean("clientBroadcastStream")).thenReturn(stream);
        when(context.getBean(IProviderService.BEAN_NAME)).thenReturn(providers);
        when(providers.registerBroadcastStream(app, "clock", stream)).thenReturn(true);
    }

    /** Red5 leaves it with the thread that wrote to it, and it has no scope any more. */
    @Test
    void playerThatIsGoneIsNotTakenForThePublisher() {
        Red5.setConnectionLocal(mock(IConnection.class));
        doAnswer(call -> {
                    assertNull(Red5.getConnectionLocal());
                    return null;
                })
                .when(stream)
                .startPublishing();
        LocalBroadcast.begin(app, "clock").end();
        verify(stream).startPublishing();
        verify(providers, never()).unregisterBroadcastStream(any(), any(), any());
    }

    @Test
    void nameIsFreeAgainWhenTheStreamDoesNotStart() {
        doThrow(new IllegalStateException("as asked for")).when(stream).startPublishing();
        assertThrows(IllegalStateException.class, () -> LocalBroadcast.begin(app, "clock"));
        verify(providers).unregisterBroadcastStream(app, "clock", stream);
    }

    @Test
    void nameThatRed5DoesNotGiveIsLeftToWhoHasIt() {
        when(providers.registerBroadcastStream(any(), eq("taken"), any())).thenReturn(false);
        assertThrows(IllegalStateException.class, () -> LocalBroadcast.begin(app, "taken"));
        verify(providers, never()).unregisterBroadcastStream(any(), any(), any());
    }
}
