package org.red5.dvr.red5.fixes;

import java.beans.PropertyChangeEvent;
import org.red5.server.BaseConnection;
import org.red5.server.api.IConnection;
import org.red5.server.api.listeners.IConnectionListener;

/**
 * Gives every client that connects the duty of a publisher. Red5 1.3.17 closes the streams of publishers only, and takes
 * nobody for one, so that a stream could not be published again after it stopped.
 */
public final class PublisherDuty implements IConnectionListener {
    static void give(BaseConnection connection) {
        if (connection.getDuty() == IConnection.Duty.UNDEFINED) {
            connection.setDuty(IConnection.Duty.PUBLISHER);
        }
    }

    @Override
    public void notifyConnected(IConnection connection) {
        if (connection instanceof BaseConnection base) {
            give(base);
        }
    }

    @Override
    public void notifyDisconnected(IConnection connection) {
        // Nothing to undo.
    }

    @Override
    public void propertyChange(PropertyChangeEvent event) {
        // Properties of connections do not matter here.
    }
}
