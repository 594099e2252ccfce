package org.red5.dvr.red5;

import org.red5.server.api.scope.IScope;
import org.red5.server.api.stream.IBroadcastStream;
import org.red5.server.stream.ProviderService;

/** Red5's register of streams, which tells {@link Publishes} of every stream before its first packet. */
class HookedProviderService extends ProviderService {
    private final Publishes publishes;

    HookedProviderService(Publishes publishes) {
        this.publishes = publishes;
    }

    @Override
    public boolean registerBroadcastStream(IScope scope, String name, IBroadcastStream stream) {
        boolean registered = super.registerBroadcastStream(scope, name, stream);
        if (registered) {
            publishes.begun(scope, name, stream);
        }
        return registered;
    }
}
