package org.red5.dvr.util;

import java.util.concurrent.ThreadFactory;

/** Makes threads that do not keep the JVM alive. */
public final class DaemonThreads {
    private DaemonThreads() {}

    /** A factory of threads that all have one name. */
    public static ThreadFactory named(String name) {
        return task -> named(name, task);
    }

    /** One thread, which is still to be started. */
    public static Thread named(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
