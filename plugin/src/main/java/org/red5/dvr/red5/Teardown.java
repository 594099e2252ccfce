package org.red5.dvr.red5;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has been begun, to be ended the other way round: when it is not wanted any more, or when what should have come next
 * failed. Any thread may call any method.
 */
final class Teardown implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Teardown.class);

    @GuardedBy("this")
    private final Deque<Runnable> ends = new ArrayDeque<>();

    /** Something has been begun, which is ended like that. */
    synchronized void add(Runnable end) {
        ends.push(end);
    }

    /** Ends everything, each thing once, also when the end of another one fails. */
    @Override
    public void close() {
        for (Runnable end = next(); end != null; end = next()) {
            try {
                end.run();
            } catch (RuntimeException | LinkageError e) {
                log.error("something did not end in good order", e);
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        return ends.poll();
    }
}
