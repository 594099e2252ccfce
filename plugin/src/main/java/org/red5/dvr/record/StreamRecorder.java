package org.red5.dvr.record;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.media.flv.FlvBodies;
import org.red5.dvr.media.flv.FlvReader;
import org.red5.dvr.record.segmenter.Samples;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records one publish. The publisher's thread puts packets into a bounded queue; the writer's thread is woken at key
 * frames and a few times a second, and works off what waits, a segment or a megabyte at a time: the streams of a writer take
 * turns. After a defect the recording begins anew, ten seconds later at the earliest.
 */
final class StreamRecorder implements StreamSink {
    private static final Logger log = LoggerFactory.getLogger(StreamRecorder.class);
    private static final int QUEUE_BYTES = 8 << 20;
    private static final long WAKE_MICROS = 500_000;
    /** The most that is worked off before other streams have their turn. */
    private static final int TURN_BYTES = 1 << 20;

    private static final long AFTER_DEFECT_MICROS = 10_000_000;

    private final StreamKey stream;
    private final Executor writer;
    private final LongSupplier utcMicros;
    private final Consumer<StreamRecorder> whenEnded;
    private final RecordingMeter meter;
    private final PacketQueue queue;
    private final RecordingMemory memory;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicReference<@Nullable GapReason> ending = new AtomicReference<>();
    /** When the writer was woken last; used by the publisher's thread only. */
    private long wokenMicros;
    /** Used by the writer's thread only. */
    private Ingest ingest;
    /** After a defect, nothing that came before this is recorded; used by the writer's thread only. */
    private long resumesMicros = Long.MIN_VALUE;
    /** Used by the writer's thread only. */
    private boolean ended;
    /** What is taken of the memory for segments; used by the writer's thread only. */
    private long segmentBytes;

    /**
     * @param writer runs one task at a time, in order
     * @param memory shared with other streams
     * @param utcMicros the clock, microseconds since the Unix epoch
     * @param whenEnded called by the writer's thread when all is written
     */
    StreamRecorder(
            StreamKey stream,
            Ingest ingest,
            Executor writer,
            RecordingMemory memory,
            RecordingMeter meter,
            LongSupplier utcMicros,
            Consumer<StreamRecorder> whenEnded) {
        this.stream = stream;
        this.ingest = ingest;
        this.writer = writer;
        this.memory = memory;
        this.queue = new PacketQueue(QUEUE_BYTES, memory.waiting());
        this.meter = meter;
        this.utcMicros = utcMicros;
        this.whenEnded = whenEnded;
    }

    @Override
    public void video(int timestampMillis, byte[] body) {
        enqueue(true, timestampMillis, body, body.length > 0 && FlvReader.isKeyFrame(body[0]));
    }

    @Override
    public void audio(int timestampMillis, byte[] body) {
        enqueue(false, timestampMillis, body, false);
    }

    @Override
    public void end() {
        end(GapReason.NOT_PUBLISHED);
    }

    /** Ends the recording; the first reason given counts. */
    void end(GapReason reason) {
        if (ending.compareAndSet(null, reason)) {
            wake();
        }
    }

    private void enqueue(boolean video, int timestampMillis, byte[] body, boolean wake) {
        if (ending.get() != null) {
            return;
        }
        long now = utcMicros.getAsLong();
        if (!queue.offer(new Packet(video, timestampMillis, now, body))) {
            meter.packetDropped();
        }
        // The clock may have been set back; without the difference being absolute nobody would be woken until then.
        if (wake || Math.abs(now - wokenMicros) >= WAKE_MICROS) {
            wokenMicros = now;
            wake();
        }
    }

    private void wake() {
        if (!isScheduled()) {
            log.warn("{}: packets came after the archive was closed", stream);
        }
    }

    /** Asks for the writer's thread, unless that was done already; false when it does nothing more. */
    private boolean isScheduled() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                writer.execute(this::work);
            } catch (RejectedExecutionException e) {
                return false;
            }
        }
        return true;
    }

    private void work() {
        boolean more = turn();
        // While the server goes down the rest is worked off at once.
        while (more && !isScheduled()) {
            more = turn();
        }
    }

    /** Works off some of what waits; gives whether there may be more. */
    private boolean turn() {
        scheduled.set(false);
        if (ended) {
            return false;
        }
        GapReason reason = ending.get();
        int bytes = 0;
        Optional<PacketQueue.Item> item = queue.poll();
        while (item.isPresent()) {
            PacketQueue.Item next = item.get();
            guarded(() -> next.packet().ifPresentOrElse(this::packet, lost(next)));
            bytes += Samples.OVERHEAD_BYTES
                    + next.packet().map(packet -> packet.body().length).orElse(0);
            if (countSegment() || bytes >= TURN_BYTES) {
                return true;
            }
            item = queue.poll();
        }
        if (reason != null) {
            guarded(() -> ingest.end(reason));
            close();
        }
        return false;
    }

    private void close() {
        ended = true;
        queue.close();
        memory.segments().giveBack(segmentBytes);
        segmentBytes = 0;
        whenEnded.accept(this);
    }

    /** A defect must not end the recording of a stream that may be published for weeks, nor fill the log. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            long nowMicros = utcMicros.getAsLong();
            if (nowMicros >= resumesMicros) {
                log.error("{}: recording stopped by a defect, it begins anew", stream, e);
            }
            resumesMicros = nowMicros + AFTER_DEFECT_MICROS;
            ingest.abandon();
            ingest = ingest.successor(nowMicros);
        }
    }

    private void packet(Packet packet) {
        if (packet.arrivalUtcMicros() >= resumesMicros || isConfiguration(packet)) {
            ingest.packet(packet);
        }
    }

    private static boolean isConfiguration(Packet packet) {
        return packet.video()
                ? FlvBodies.isVideoConfiguration(packet.body())
                : FlvBodies.isAudioConfiguration(packet.body());
    }

    /**
     * Takes the memory that the segment being put together needs, or gives it back; a segment that gets none ends. Gives
     * whether it gave some back, as a segment was written.
     */
    private boolean countSegment() {
        long more = ingest.heldBytes() - segmentBytes;
        boolean fits = ingest.heldBytes() <= memory.mostSegmentBytes();
        if (more > 0 && !(fits && memory.segments().take(more, false))) {
            guarded(() -> ingest.tooMuch(utcMicros.getAsLong()));
            more = ingest.heldBytes() - segmentBytes;
        }
        if (more < 0) {
            memory.segments().giveBack(-more);
        }
        segmentBytes += more;
        return more < 0;
    }

    private Runnable lost(PacketQueue.Item item) {
        return () -> ingest.lost(item.lostPackets(), item.lostSinceUtcMicros());
    }
}
