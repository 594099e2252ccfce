package org.red5.dvr.archive.files;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.red5.dvr.timeline.UnreachableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that read below one root now. Any thread may call. */
final class RootReaders {
    /** So many read; of one that nobody comes back from at the moment, so many more wait. */
    static final int MOST = 16;
    /** A root that nobody has come back from for so long does not answer. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final Logger log = LoggerFactory.getLogger(RootReaders.class);
    /** So many are let in while a root seems not to answer: what takes long may be one large question. */
    private static final int PROBES = 4;

    private final Path root;
    private final ArchiveMeter meter;
    private final LongSupplier nanoTime;
    /** Since when each is inside, the first one first. */
    @GuardedBy("this")
    private final Map<Object, Long> inside = new LinkedHashMap<>();

    @GuardedBy("this")
    private int waiting;

    @GuardedBy("this")
    private long lastBackNanos;

    @GuardedBy("this")
    private boolean reported;

    RootReaders(Path root, ArchiveMeter meter, LongSupplier nanoTime) {
        this.root = root;
        this.meter = meter;
        this.nanoTime = nanoTime;
        this.lastBackNanos = nanoTime.getAsLong();
    }

    /** Lets a reader in; what is returned goes to {@link #leave}. */
    synchronized Object enter() throws UnreachableException {
        long deadline = nanoTime.getAsLong() + PATIENCE_NANOS;
        while (inside.size() >= (isSilent() ? PROBES : MOST)) {
            long left = deadline - nanoTime.getAsLong();
            if (isSilent() || left <= 0 || (waiting >= MOST && stalls())) {
                report();
                throw new UnreachableException("A disk of this server does not answer.");
            }
            await(left);
        }
        Object reader = new Object();
        inside.put(reader, nanoTime.getAsLong());
        return reader;
    }

    synchronized void leave(Object reader) {
        inside.remove(reader);
        lastBackNanos = nanoTime.getAsLong();
        notifyAll();
        if (reported) {
            reported = false;
            log.info("{} answers again", root);
            meter.troubleEnds(sentence());
        }
    }

    @GuardedBy("this")
    private void await(long nanos) throws UnreachableException {
        waiting++;
        try {
            // Awake in time to see that the root is silent.
            TimeUnit.NANOSECONDS.timedWait(this, Math.min(nanos, PATIENCE_NANOS / 10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("This server is stopping.");
        } finally {
            waiting--;
        }
    }

    @GuardedBy("this")
    private boolean isSilent() {
        long now = nanoTime.getAsLong();
        return !inside.isEmpty()
                && now - inside.values().iterator().next() > PATIENCE_NANOS
                && now - lastBackNanos > PATIENCE_NANOS;
    }

    /** Many may wait a moment for a disk that is busy, and few for one that does not get on. */
    @GuardedBy("this")
    private boolean stalls() {
        return nanoTime.getAsLong() - lastBackNanos > PATIENCE_NANOS / 10;
    }

    @GuardedBy("this")
    private void report() {
        if (!reported && isSilent()) {
            reported = true;
            log.warn("{}; viewers are told so until it does", sentence());
            meter.troubleBegins(sentence());
        }
    }

    private String sentence() {
        return root + " does not answer those who read it";
    }
}
