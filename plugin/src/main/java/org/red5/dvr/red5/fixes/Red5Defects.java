package org.red5.dvr.red5.fixes;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.mina.core.buffer.IoBuffer;
import org.jspecify.annotations.Nullable;
import org.red5.server.api.IConnection;
import org.red5.server.api.scheduling.IScheduledJob;
import org.red5.server.api.scheduling.ISchedulingService;
import org.red5.server.api.stream.IClientStream;
import org.red5.server.api.stream.IStreamCapableConnection;
import org.red5.server.net.rtmp.RTMPConnection;
import org.red5.server.net.rtmp.RTMPMinaConnection;
import org.red5.server.net.rtmp.codec.RTMP;
import org.red5.server.net.rtmp.codec.RTMPProtocolDecoder;
import org.red5.server.net.rtmp.message.Constants;
import org.red5.server.net.rtmp.message.Packet;
import org.red5.server.scheduling.JDKSchedulingServiceJob;
import org.red5.server.stream.StreamService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out, by trying where that can be, which of the defects that we mend the running Red5 has. */
public final class Red5Defects {
    private static final Logger log = LoggerFactory.getLogger(Red5Defects.class);

    private static final int LATE_MILLIS = 20_000_000;
    private static final int INITIAL_CHUNK_BYTES = 128;

    private Red5Defects() {}

    /** Whether a repeating job of JDKSchedulingService does nothing from its second run on. */
    public static boolean repeatingJobsRunOnce() {
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
    public static boolean streamsStayOpen() {
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
     * Whether the packets of a connection wait for other threads than the one that closes it, which throws them away. That
     * cannot be tried without a client. It shows in the class: all of 1.3.17 to 2.0.40 have that queue.
     */
    public static boolean closingLosesPackets() {
        return observed(() -> Arrays.stream(RTMPConnection.class.getDeclaredFields())
                .anyMatch(field -> field.getName().equals("receivedPacketQueue")));
    }

    /** Whether time stamps that go back or are long come out as others, as in 2.0.26 and later and in all we know. */
    public static boolean misreadsTimeStamps() {
        return observed(() -> !timesRead().equals(List.of(LATE_MILLIS, 0, LATE_MILLIS)));
    }

    /** Of three messages: one far from the beginning, one at 0 again, and one as far from that as the first. */
    private static List<Integer> timesRead() {
        RTMPMinaConnection connection = new RTMPMinaConnection();
        connection.getState().setState(RTMP.STATE_CONNECTED);
        IoBuffer chunks = IoBuffer.allocate(INITIAL_CHUNK_BYTES).setAutoExpand(true);
        chunks.put(new byte[] {4, -1, -1, -1, 0, 0, 1, Constants.TYPE_AUDIO_DATA, 1, 0, 0, 0})
                .putInt(LATE_MILLIS);
        chunks.put((byte) 0);
        chunks.put(new byte[] {4, 0, 0, 0, 0, 0, 1, Constants.TYPE_AUDIO_DATA, 1, 0, 0, 0, 0});
        chunks.put(new byte[] {0x44, -1, -1, -1, 0, 0, (byte) (INITIAL_CHUNK_BYTES + 1), Constants.TYPE_AUDIO_DATA});
        chunks.putInt(LATE_MILLIS).put(new byte[INITIAL_CHUNK_BYTES]);
        chunks.put((byte) 0xc4).putInt(LATE_MILLIS).put((byte) 0).flip();
        return new RTMPProtocolDecoder()
                .decodeBuffer(connection, chunks).stream()
                        .map(packet -> ((Packet) packet).getMessage().getTimestamp())
                        .toList();
    }

    /** Another Red5 may not have what a trial calls, or want more of our fakes; then it is none that we could mend. */
    private static boolean observed(BooleanSupplier trial) {
        try {
            return trial.getAsBoolean();
        } catch (LinkageError | RuntimeException e) {
            log.info("this Red5 is built differently from those whose defects are known: {}", e.toString());
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
