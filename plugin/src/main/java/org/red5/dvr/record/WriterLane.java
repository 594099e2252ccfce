package org.red5.dvr.record;

import java.nio.ByteBuffer;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.util.DaemonThreads;

/** A thread that writes below a root, its buffer, and how long it has been at one piece of work. Any thread may call. */
final class WriterLane extends ThreadPoolExecutor {
    private static final int BUFFER_BYTES = 256 << 10;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    /** Never 0 while there is work. */
    private volatile long busySinceNanos;

    /** @param name of its thread */
    WriterLane(String name) {
        super(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), DaemonThreads.named(name));
    }

    /** Of its thread alone. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** How long the work that it is at takes by now, a fraction of a segment at most where its disk answers; 0 when there is none. */
    long busyNanos() {
        long since = busySinceNanos;
        return since == 0 ? 0 : System.nanoTime() - since;
    }

    @Override
    protected void beforeExecute(Thread thread, Runnable task) {
        busySinceNanos = System.nanoTime() | 1;
    }

    @Override
    protected void afterExecute(Runnable task, Throwable failure) {
        busySinceNanos = 0;
    }
}
