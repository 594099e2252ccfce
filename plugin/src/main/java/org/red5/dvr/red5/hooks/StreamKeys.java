package org.red5.dvr.red5.hooks;

import java.util.ArrayDeque;
import java.util.Deque;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IScope;

/** Names Red5's streams as the rest of the plugin does. */
final class StreamKeys {
    private StreamKeys() {}

    /**
     * The key of a stream: the application is the scope just below the global one, scopes below it lead the name.
     *
     * @param scope the scope in which the stream is published or played
     * @param name its name there, without a query string
     * @throws IllegalArgumentException when the scope is a global scope, or the name is empty
     */
    static StreamKey of(IScope scope, String name) {
        Deque<String> path = new ArrayDeque<>();
        for (IScope at = scope; at.hasParent(); at = at.getParent()) {
            path.addFirst(at.getName());
        }
        if (path.isEmpty()) {
            throw new IllegalArgumentException("stream " + name + " is in no application");
        }
        String app = path.removeFirst();
        path.addLast(name);
        return new StreamKey(app, String.join("/", path));
    }
}
