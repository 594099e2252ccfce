package org.red5.dvr.util;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A periodic task that goes on whatever one of its runs throws, errors of the machine too: executors never run again what has thrown
 * once. It is logged when it begins to fail. One thread at a time.
 */
public final class Unending implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Unending.class);

    private final String what;
    private final Runnable task;
    private volatile boolean failing;

    /**
     * @param what it does, for the log
     */
    public Unending(String what, Runnable task) {
        this.what = what;
        this.task = task;
    }

    @Override
    @SuppressWarnings("CatchingUnchecked")
    public void run() {
        try {
            task.run();
            failing = false;
        } catch (RuntimeException | Error e) {
            if (!failing) {
                failing = true;
                log.error("{} has failed and is tried again", what, e);
            }
        }
    }
}
