package org.red5.dvr.red5;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.red5.server.api.IConnection;
import org.red5.server.api.Red5;
import org.red5.server.api.scheduling.IScheduledJob;
import org.red5.server.api.scheduling.ISchedulingService;
import org.red5.server.api.stream.IClientStream;
import org.red5.server.api.stream.IStreamCapableConnection;
import org.red5.server.scheduling.JDKSchedulingServiceJob;
import org.red5.server.stream.StreamService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out, by trying, which of the defects of Red5 1.3.17 the running Red5 has. */
final class Red5Defects {
    private static final Logger log = LoggerFactory.getLogger(Red5Defects.class);

    private Red5Defects() {}

    /** Whether a repeating job of JDKSchedulingService does nothing from its second run on. */
    static boolean repeatingJobsRunOnce() {
        return observed(Red5Defects::jobRunsOnce);
    }

    private static boolean jobRunsOnce() {
        AtomicInteger runs = new AtomicInteger();
        IScheduledJob job = service -> runs.incrementAndGet();
        Map<String, Object> data = new HashMap<>(Map.of(ISchedulingService.SCHEDULED_JOB, job));
        JDKSchedulingServiceJob twice = new JDKSchedulingServiceJob("cluster-dvr-probe", data, false);
        twice.run();
        twice.run();
        return runs.get() < 2;
    }

    /** Whether StreamService leaves the streams of a client open that deletes them, unless its duty is PUBLISHER. */
    static boolean streamsStayOpen() {
        return observed(Red5Defects::deletedStreamStaysOpen);
    }

    private static boolean deletedStreamStaysOpen() {
        AtomicBoolean closed = new AtomicBoolean();
        IClientStream stream = fake(IClientStream.class, method -> {
            if (method.equals("close")) {
                closed.set(true);
            }
            return null;
        });
        IStreamCapableConnection connection = fake(IStreamCapableConnection.class, method -> switch (method) {
            case "getStreamById" -> stream;
            case "getDuty" -> IConnection.Duty.UNDEFINED;
            default -> null;
        });
        new StreamService().deleteStream(connection, 1);
        return !closed.get();
    }

    /**
     * Whether Red5 throws the last packets of a publish away, and misreads time stamps of more than 24 bits. This cannot be
     * tried without a client: it was seen in 1.3.17, and its line is taken to be alike.
     */
    static boolean losesPackets() {
        return Red5.getVersion().startsWith("Red5 Server 1.3.");
    }

    /** Another Red5 may not have what a trial calls, or want more of our fakes; then it is none that we could mend. */
    private static boolean observed(BooleanSupplier trial) {
        try {
            return trial.getAsBoolean();
        } catch (LinkageError | RuntimeException e) {
            log.info(
                    "this Red5 is built differently from 1.3.17, of whose defects one was looked for: {}",
                    e.toString());
            return false;
        }
    }

    /** An object whose methods give what is answered for their names. */
    private static <T> T fake(Class<T> type, Function<String, @Nullable Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                Red5Defects.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answers.apply(method.getName())));
    }
}
