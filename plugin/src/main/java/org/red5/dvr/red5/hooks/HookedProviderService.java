package org.red5.dvr.red5.hooks;

import java.util.function.Supplier;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.stream.IBroadcastStream;
import org.red5.server.api.stream.IClientStream;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.stream.ProviderService;

/**
 * Red5's register of streams, which tells {@link Publishes} of every stream before its first packet, and has streams relayed
 * that are played and not published here.
 */
public class HookedProviderService extends ProviderService {
    private final Publishes publishes;
    private final Supplier<RelayedStreams> relayed;

    /**
     * @param relayed asked each time
     */
    public HookedProviderService(Publishes publishes, Supplier<RelayedStreams> relayed) {
        this.publishes = publishes;
        this.relayed = relayed;
    }

    @Override
    public boolean registerBroadcastStream(IScope scope, String name, IBroadcastStream stream) {
        boolean registered =
                relayed.get().published(scope, name, () -> super.registerBroadcastStream(scope, name, stream));
        if (registered) {
            publishes.begun(scope, name, stream);
            if (isOfClosingConnection(stream)) {
                // Its streams may have been closed before this one could be found among them.
                unregisterBroadcastStream(scope, name, stream);
                return false;
            }
        }
        return registered;
    }

    /** A connection is closed by another thread than publishes. */
    private static boolean isOfClosingConnection(IBroadcastStream stream) {
        return stream instanceof IClientStream ofClient
                && ofClient.getConnection() instanceof RTMPConnection connection
                && (connection.getStateCode() == RTMP.STATE_DISCONNECTING
                        || connection.getStateCode() == RTMP.STATE_DISCONNECTED);
    }

    /**
     * What a player gets.
     *
     * @param type -2 for live, else recorded; -1 for live; from 0 on for recorded, from that second on
     */
    @Override
    public INPUT_TYPE lookupProviderInput(IScope scope, String name, int type) {
        INPUT_TYPE here = super.lookupProviderInput(scope, name, type);
        if (type >= 0 || here == INPUT_TYPE.VOD || isPublished(scope, name)) {
            return here;
        }
        return relayed.get().offer(scope, name, this) ? INPUT_TYPE.LIVE : here;
    }

    /** The scope of a name outlives its publishers. */
    private static boolean isPublished(IScope scope, String name) {
        IBroadcastScope pipe = scope.getBroadcastScope(name);
        return pipe != null && !pipe.getProviders().isEmpty();
    }
}
