package org.red5.dvr.red5;

import java.util.Optional;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.web.DvrHandler;

/** Where the web application finds the plugin; none of Red5's types are needed to use it. */
public final class RunningDvr {
    private RunningDvr() {}

    /** Answers viewers and operators; empty while the plugin does not run in this server. */
    public static Optional<DvrHandler> viewers() {
        return ClusterDvrPlugin.find().flatMap(ClusterDvrPlugin::viewers);
    }

    /** Answers the other servers of the cluster; empty while the plugin does not run, and without a cluster. */
    public static Optional<PeerHandler> peers() {
        return ClusterDvrPlugin.find().flatMap(ClusterDvrPlugin::peerHandler);
    }
}
