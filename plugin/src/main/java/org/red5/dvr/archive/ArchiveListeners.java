package org.red5.dvr.archive;

import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells who waits for it that a stream's archive has grown, or that its recording has begun or ended. Any thread may call;
 * listeners are called by the thread that writes the stream and must only hand the news on.
 */
public final class ArchiveListeners {
    private final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();

    public void add(Runnable listener) {
        listeners.add(listener);
    }

    public void remove(Runnable listener) {
        listeners.remove(listener);
    }

    void changed() {
        listeners.forEach(Runnable::run);
    }
}
