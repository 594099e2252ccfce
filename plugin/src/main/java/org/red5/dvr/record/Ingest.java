package org.red5.dvr.record;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.red5.dvr.archive.UnfitRootException;
import org.red5.dvr.archive.UnstorableNameException;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.flv.FlvPacket;
import org.red5.dvr.media.flv.MediaReader;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the packets of one publish into takes: decides when a take starts and what ends it. A take starts at a key
 * frame in a cell that no take of the stream has used yet. Used by one thread.
 */
final class Ingest {
    /** Where takes go, and which cells are used. */
    interface Output extends TakeRecording.Starter {
        /** The highest number recorded of the stream so far, by any publish; lower than any number when there is none. */
        long lastNumber() throws IOException;

        /** What can still be written to the stream's disk. */
        long usableBytes() throws IOException;

        /**
         * Remembers why a hole is one that no take's end tells of.
         *
         * @param sinceUtcMicros when it began, microseconds since the Unix epoch
         */
        void notRecorded(long sinceUtcMicros, GapReason reason);

        /** Where the stream is recorded, for an operator. */
        String place();
    }

    private record Timed(Packet packet, FlvPacket.Frame frame, long mediaMillis) {}

    private static final Logger log = LoggerFactory.getLogger(Ingest.class);
    /** After the disk refused a take, the next try comes this much later, at a key frame. */
    private static final long RETRY_MICROS = 2_000_000;
    /** Free space with which recording is tried again after the disk was full: more than most segments have. */
    private static final long RESUME_BYTES = 4 << 20;
    /** A take waits for a free cell by that many at most, unless its publisher ran ahead. */
    private static final int USUAL_WAIT_CELLS = 2;
    /** So many different complaints about one publish are logged. */
    private static final int MOST_REPORTS = 20;
    /** The tracks, as the status names them. */
    private static final String VIDEO = "video";

    private static final String AUDIO = "audio";

    private final StreamKey stream;
    private final SegmentGrid grid;
    private final Output output;
    private final RecordingMeter meter;
    private final MediaReader reader;
    private final List<Timed> held = new ArrayList<>();
    private final Set<String> reported = new HashSet<>();
    private long heldBytes;
    private MediaClock clock = new MediaClock();
    private Optional<VideoConfig> video = Optional.empty();
    private Optional<AudioConfig> audio = Optional.empty();
    /** Configurations that the next take has; empty where it has the present ones. */
    private Optional<VideoConfig> nextVideo = Optional.empty();

    private Optional<AudioConfig> nextAudio = Optional.empty();
    private Optional<TakeRecording> take = Optional.empty();
    private long firstFreeCell = Long.MIN_VALUE;
    /** Why the stream cannot be recorded at present, and when that was found out. */
    private Optional<GapReason> failing = Optional.empty();

    private long failedMicros;
    /** Why nothing is recorded since the last take, as the archive knows it. */
    private Optional<GapReason> told = Optional.empty();
    /** When the take that is tried last would have begun. */
    private long triedMicros;

    Ingest(StreamKey stream, SegmentGrid grid, Output output, RecordingMeter meter) {
        this(stream, grid, output, meter, new MediaReader());
        meter.trackRecorded(stream, VIDEO);
        meter.trackRecorded(stream, AUDIO);
    }

    private Ingest(StreamKey stream, SegmentGrid grid, Output output, RecordingMeter meter, MediaReader reader) {
        this.meter = meter;
        this.reader = reader;
        this.stream = stream;
        this.grid = grid;
        this.output = output;
    }

    /** Takes in the next packet. Configurations count at once, whatever their time stamp. */
    void packet(Packet packet) {
        reader.read(packet.video(), packet.timestampMillis(), packet.arrivalUtcMicros(), packet.body())
                .forEach(this::accept);
    }

    private void accept(FlvPacket content) {
        if (content instanceof FlvPacket.VideoConfiguration configuration) {
            meter.trackRecorded(stream, VIDEO);
            configure(configuration.config());
        } else if (content instanceof FlvPacket.AudioConfiguration configuration) {
            meter.trackRecorded(stream, AUDIO);
            configure(configuration.config());
        } else if (content instanceof FlvPacket.Frame frame) {
            frame(new Packet(frame.video(), frame.timestampMillis(), frame.arrivalUtcMicros(), frame.data()), frame);
        } else if (content instanceof FlvPacket.NotRecorded fault) {
            report(fault);
        }
    }

    private void report(FlvPacket.NotRecorded fault) {
        if (reported.size() < MOST_REPORTS && reported.add(fault.why())) {
            log.warn("{}: not recorded: {}", stream, fault.why());
        }
        if (fault.wholeTrack()) {
            meter.trackNotRecorded(stream, fault.video() ? VIDEO : AUDIO, fault.why());
        }
    }

    private void frame(Packet packet, FlvPacket.Frame frame) {
        long mediaMillis = clock.unwrap(packet.timestampMillis());
        if (clock.isJump(packet.video(), mediaMillis)) {
            log.info("{}: time stamps jump to {} ms, a new take begins", stream, packet.timestampMillis());
            mediaMillis = anew(packet);
        }
        clock.observe(packet.video(), mediaMillis, packet.arrivalUtcMicros());
        if (clock.isLost()) {
            log.info("{}: time stamps have left the wall clock by over 10 s, a new take begins", stream);
            mediaMillis = anew(packet);
            clock.observe(packet.video(), mediaMillis, packet.arrivalUtcMicros());
        }
        if (clock.isAnchored()) {
            process(packet, frame, mediaMillis);
            return;
        }
        held.add(new Timed(packet, frame, mediaMillis));
        heldBytes += packet.body().length + PacketQueue.OVERHEAD_BYTES;
        if (clock.canAnchor(packet.arrivalUtcMicros())) {
            processHeld();
        }
    }

    /** Ends the take before a packet that begins a new reckoning; gives that packet's unwrapped time stamp. */
    private long anew(Packet packet) {
        endTake(GapReason.TIMESTAMP_JUMP);
        clock = new MediaClock();
        return clock.unwrap(packet.timestampMillis());
    }

    /**
     * Packets are missing between the last one and the next.
     *
     * @param sinceUtcMicros when the first of them came
     */
    void lost(int packets, long sinceUtcMicros) {
        if (take.isPresent()) {
            log.warn("{}: {} packets dropped, the archive's disk does not keep up", stream, packets);
        }
        endTake(GapReason.OVERLOADED);
        tell(GapReason.OVERLOADED, sinceUtcMicros);
    }

    /** The memory that packets take which came in and are not written yet. */
    long heldBytes() {
        return heldBytes + take.map(TakeRecording::heldBytes).orElse(0L);
    }

    /** The packets that came in take more memory than there is for them: they are written, and the take ends. */
    void tooMuch(long nowUtcMicros) {
        log.warn("{}: {} bytes wait for the end of a segment, more than there is memory for", stream, heldBytes());
        endTake(GapReason.OVERLOADED);
        tell(GapReason.OVERLOADED, nowUtcMicros);
    }

    /** Writes all that came in so far and ends the recording. */
    void end(GapReason reason) {
        reader.end().forEach(this::accept);
        endTake(reason);
    }

    /** Writes all that came in so far and ends the take. More may follow, in a new take. */
    private void endTake(GapReason reason) {
        processHeld();
        take.ifPresent(recording -> finish(recording, reason));
    }

    /** Gives up the take where it stands, after a defect. */
    void abandon() {
        held.clear();
        heldBytes = 0;
        take.flatMap(TakeRecording::abandon)
                .ifPresent(failure -> log.warn("{}: recording failed: {}", stream, failure.toString()));
        if (take.map(TakeRecording::isRecorded).orElse(false)) {
            told = Optional.of(GapReason.DAMAGED);
        }
        take = Optional.empty();
    }

    /** One that records the rest of the publish, with its configurations, after this one was given up for a defect. */
    Ingest successor(long nowMicros) {
        Ingest next = new Ingest(stream, grid, output, meter, reader);
        next.video = nextVideo.or(() -> video);
        next.audio = nextAudio.or(() -> audio);
        next.reported.addAll(reported);
        next.told = told;
        next.failing = Optional.of(GapReason.DAMAGED);
        next.failedMicros = nowMicros;
        meter.failing(stream, GapReason.DAMAGED);
        next.tell(GapReason.DAMAGED, nowMicros);
        return next;
    }

    private void processHeld() {
        if (held.isEmpty()) {
            return;
        }
        clock.anchor(held.get(held.size() - 1).packet().arrivalUtcMicros());
        List<Timed> packets = List.copyOf(held);
        held.clear();
        heldBytes = 0;
        packets.forEach(timed -> process(timed.packet(), timed.frame(), timed.mediaMillis()));
    }

    private void process(Packet packet, FlvPacket.Frame frame, long mediaMillis) {
        long utcMicros = clock.utcMicros(mediaMillis);
        if (packet.video()) {
            videoFrame(utcMicros, frame, packet);
        } else {
            audioFrame(utcMicros, frame, packet);
        }
        take.flatMap(TakeRecording::failure).ifPresent(failure -> giveUp(failure, packet.arrivalUtcMicros()));
        if (failing.isPresent() && take.isPresent() && take.get().isRecorded()) {
            log.info("{}: recorded again after: {}", stream, failing.get().sentence());
            failing = Optional.empty();
            meter.notFailing(stream);
        }
        if (take.isPresent() && take.get().isRecorded()) {
            told = Optional.empty();
        }
    }

    private void configure(VideoConfig config) {
        if (video.isPresent() && !video.get().equals(config)) {
            processHeld();
        }
        boolean now = take.isEmpty();
        nextVideo = now || video.equals(Optional.of(config)) ? Optional.empty() : Optional.of(config);
        video = now ? Optional.of(config) : video;
    }

    private void configure(AudioConfig config) {
        if (audio.isPresent() && !audio.get().equals(config)) {
            processHeld();
        }
        boolean now = take.isEmpty() || take.get().adopt(config);
        nextAudio = now || audio.equals(Optional.of(config)) ? Optional.empty() : Optional.of(config);
        audio = now ? Optional.of(config) : audio;
    }

    private void videoFrame(long utcMicros, FlvPacket.Frame frame, Packet packet) {
        if (frame.key() && (nextVideo.isPresent() || nextAudio.isPresent())) {
            take.ifPresent(recording -> finish(recording, GapReason.CONFIGURATION_CHANGED));
        }
        if (video.isEmpty()) {
            return;
        }
        if (take.isPresent() && !take.get().video(utcMicros, frame)) {
            finish(take.get(), GapReason.NOT_PUBLISHED);
        } else if (take.isPresent()) {
            return;
        }
        long ptsMicros = utcMicros + frame.compositionOffsetMillis() * 1_000L;
        if (frame.key() && mayStart(ptsMicros, packet)) {
            start().video(utcMicros, frame);
        }
    }

    private void audioFrame(long utcMicros, FlvPacket.Frame frame, Packet packet) {
        if (nextAudio.isPresent()) {
            if (video.isPresent()) {
                return;
            }
            take.ifPresent(recording -> finish(recording, GapReason.CONFIGURATION_CHANGED));
        }
        if (audio.isEmpty()) {
            return;
        }
        if (take.isPresent() && !take.get().audio(utcMicros, frame)) {
            finish(take.get(), GapReason.NOT_PUBLISHED);
        } else if (take.isPresent()) {
            return;
        }
        if (video.isEmpty() && mayStart(utcMicros, packet)) {
            start().audio(utcMicros, frame);
        }
    }

    private boolean mayStart(long startMicros, Packet packet) {
        triedMicros = startMicros;
        try {
            if (failing.isPresent() && !mayRetry(failing.get(), packet.arrivalUtcMicros())) {
                return false;
            }
            firstFreeCell = Math.max(firstFreeCell, output.lastNumber() + 1);
        } catch (IOException e) {
            giveUp(e, packet.arrivalUtcMicros());
            return false;
        }
        long usualMicros = USUAL_WAIT_CELLS * grid.periodMicros() + MediaClock.MOST_OFF_MICROS;
        if (firstFreeCell > grid.numberAt(startMicros + usualMicros)) {
            clockIsBehind(packet.arrivalUtcMicros());
        }
        return grid.numberAt(startMicros) >= firstFreeCell;
    }

    /** The archive has segments of the cells to come, which a publisher that runs ahead does not explain. */
    private void clockIsBehind(long nowMicros) {
        if (!failing.equals(Optional.of(GapReason.CLOCK_BEHIND))) {
            log.error(
                    "{}: not recorded until {}: {} has recordings up to then, made by a clock that was ahead of the present one",
                    stream,
                    Instant.EPOCH.plus(grid.startUtcMicros(firstFreeCell), ChronoUnit.MICROS),
                    output.place());
        }
        failedMicros = nowMicros;
        failing = Optional.of(GapReason.CLOCK_BEHIND);
        meter.failing(stream, GapReason.CLOCK_BEHIND);
        tell(GapReason.CLOCK_BEHIND, triedMicros);
    }

    /** Tells the archive, once for a hole, why it is one. */
    private void tell(GapReason reason, long sinceUtcMicros) {
        if (!told.equals(Optional.of(reason))) {
            told = Optional.of(reason);
            output.notRecorded(sinceUtcMicros, reason);
        }
    }

    /** A full disk is not tried by writing: each try would leave a trace on it. */
    private boolean mayRetry(GapReason reason, long nowMicros) throws IOException {
        if (nowMicros - failedMicros < RETRY_MICROS) {
            return false;
        }
        failedMicros = nowMicros;
        return reason != GapReason.DISK_FULL || output.usableBytes() >= RESUME_BYTES;
    }

    private TakeRecording start() {
        TakeRecording recording = new TakeRecording(grid, video, audio, output, meter);
        take = Optional.of(recording);
        return recording;
    }

    private void finish(TakeRecording recording, GapReason reason) {
        take = Optional.empty();
        recording.finish(reason);
        if (recording.isRecorded()) {
            told = Optional.of(recording.failure().map(TakeRecording::reasonOf).orElse(reason));
        }
        video = nextVideo.or(() -> video);
        audio = nextAudio.or(() -> audio);
        nextVideo = Optional.empty();
        nextAudio = Optional.empty();
        recording.failure().ifPresent(this::failed);
    }

    private void giveUp(IOException failure, long nowMicros) {
        failedMicros = nowMicros;
        take.ifPresentOrElse(recording -> finish(recording, TakeRecording.reasonOf(failure)), () -> failed(failure));
    }

    /** Said once; what follows of the same kind is found in the meters. */
    private void failed(IOException failure) {
        GapReason reason = TakeRecording.reasonOf(failure);
        // A root that is not fit to be written to is reported by its check, once for all streams.
        if (!failing.equals(Optional.of(reason)) && !(failure instanceof UnfitRootException)) {
            log.warn("{}: not recorded: {}: {}", stream, reason.sentence(), failure.toString());
        }
        failing = Optional.of(reason);
        if (!(failure instanceof UnstorableNameException)) {
            meter.failing(stream, reason); // A publisher's choice of a name says nothing about the disk.
            tell(reason, triedMicros);
        }
    }
}
