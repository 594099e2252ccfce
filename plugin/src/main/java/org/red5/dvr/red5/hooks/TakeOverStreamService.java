package org.red5.dvr.red5.hooks;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.config.Republish;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.IConnection;
import org.red5.server.api.Red5;
import org.red5.server.api.scope.IBroadcastScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.stream.IClientStream;
import org.red5.server.api.stream.IStreamCapableConnection;
import org.red5.server.net.rtmp.status.Status;
import org.red5.server.net.rtmp.status.StatusCodes;
import org.red5.server.stream.StreamService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Red5's answers to what clients ask of streams, where a publisher that fell silent gives its name to the next one that asks for
 * it: its network may have died, which Red5 sees a minute later, or its encoder hangs. Of several that ask at once one gets it.
 *
 * <p>Each client's own thread calls. The publish of the silent one ends on the thread of the one that takes over, before Red5
 * looks whether the name is free, and after it has looked whether that one may publish at all. Red5 calls by reflection, and so the
 * class is public.
 */
public class TakeOverStreamService extends StreamService {
    private static final Logger log = LoggerFactory.getLogger(TakeOverStreamService.class);

    private record Place(IScope scope, String name) {}

    private final Publishes publishes;
    private final Function<StreamKey, Republish> rules;
    /** What somebody is about to publish. */
    private final Set<Place> asked = ConcurrentHashMap.newKeySet();
    /** Whether a thread is about to publish, and Red5 has not looked yet whether the name is free. */
    private final ThreadLocal<Boolean> asking = ThreadLocal.withInitial(() -> false);

    /**
     * @param rules asked each time
     */
    public TakeOverStreamService(Publishes publishes, Function<StreamKey, Republish> rules) {
        this.publishes = publishes;
        this.rules = rules;
    }

    @Override
    public void publish(@Nullable String name, String mode) {
        @Nullable IConnection asker = Red5.getConnectionLocal();
        if (name == null || asker == null || asker.getScope() == null) {
            super.publish(name, mode);
            return;
        }
        Place place = new Place(asker.getScope(), withoutQuery(name));
        if (!asked.add(place)) {
            String told = place.name();
            sendNetStreamStatus(asker, StatusCodes.NS_PUBLISH_BADNAME, told, told, Status.ERROR, asker.getStreamId());
            return;
        }
        asking.set(true);
        try {
            super.publish(name, mode);
        } finally {
            asking.remove();
            asked.remove(place);
        }
    }

    private static String withoutQuery(String name) {
        int query = name.indexOf('?');
        return query < 0 ? name : name.substring(0, query);
    }

    /** Called by Red5 to see whether a name is free, and by others. */
    @Override
    public IBroadcastScope getBroadcastScope(IScope scope, String name) {
        if (asking.get()) {
            asking.remove(); // Red5 looks again when the stream is registered.
            publishes
                    .of(scope, name)
                    .filter(publish -> rules.apply(publish.key()).gives(publish::isSilent))
                    .ifPresent(this::end);
        }
        return super.getBroadcastScope(scope, name);
    }

    private void end(Publish silent) {
        silent.client().ifPresent(client -> {
            IConnection asker = Red5.getConnectionLocal();
            IStreamCapableConnection connection = client.getConnection();
            log.info("{}: its publisher has fallen silent, another one takes over", silent.key());
            Red5.setConnectionLocal(connection); // Applications are told of the end, and ask whose it is.
            try {
                end(client, connection, asker);
            } finally {
                Red5.setConnectionLocal(asker);
            }
        });
    }

    /** Closes the connection as well, unless it plays or publishes something else. */
    private void end(IClientStream client, IStreamCapableConnection connection, IConnection asker) {
        deleteStream(connection, client.getStreamId());
        if (connection != asker && connection.getStreamsMap().isEmpty()) {
            connection.close();
        }
    }
}
