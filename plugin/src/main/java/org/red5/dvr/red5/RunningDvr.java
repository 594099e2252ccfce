package org.red5.dvr.red5;

import java.util.Optional;
import org.red5.dvr.http.DvrHandler;

/** Where the web application finds the plugin; none of Red5's types are needed to use it. */
public final class RunningDvr {
    private RunningDvr() {}

    /** Answers HTTP requests; empty while the plugin does not run in this server. */
    public static Optional<DvrHandler> handler() {
        return ClusterDvrPlugin.find().flatMap(ClusterDvrPlugin::handler);
    }
}
