package org.red5.dvr.record;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.red5.dvr.archive.files.UnfitRootException;
import org.red5.dvr.archive.files.UnstorableNameException;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.flv.FlvPacket;
import org.red5.dvr.media.flv.FlvPacket.Frame;
import org.red5.dvr.media.flv.MediaReader;
import org.red5.dvr.record.segmenter.PictureFill;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the packets of one publish into takes: decides when a take starts and what ends it. A take starts with the first
 * access unit that can be decoded, whichever track it is of, as soon as there is a number for it. Used by one thread.
 */
final class Ingest {
    /** Where takes go, and which numbers are used. */
    interface Output extends TakeRecording.Starter, TakeNumbers.Used {
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

    private static final Logger log = LoggerFactory.getLogger(Ingest.class);
    /** After the disk refused a take, the next try comes this much later, at a key frame. */
    private static final long RETRY_MICROS = 2_000_000;
    /** Free space with which recording is tried again after the disk was full: more than most segments have. */
    private static final long RESUME_BYTES = 4 << 20;
    /** A take begins that much at most before the one before it ended. */
    private static final long MOST_OVERLAP_MICROS = 1_000_000;
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
    private final Set<String> reported = new HashSet<>();
    private final TakeNumbers numbers;
    private final PublishClock clock = new PublishClock(new Timing());
    private Optional<VideoConfig> video = Optional.empty();
    private Optional<AudioConfig> audio = Optional.empty();
    /** Configurations that the next take has; empty where it has the present ones. */
    private Optional<VideoConfig> nextVideo = Optional.empty();

    private Optional<AudioConfig> nextAudio = Optional.empty();
    private Optional<TakeRecording> take = Optional.empty();
    /** Whether all pictures since the last key frame are in takes, so that the next one can be decoded. */
    private boolean picturesGoOn;
    /** Why the stream cannot be recorded at present, and when that was found out. */
    private Optional<GapReason> failing = Optional.empty();

    private long failedMicros;
    /** Why nothing is recorded since the last take, as the archive knows it. */
    private Optional<GapReason> told = Optional.empty();
    /** When the last take began, of which no other has the millisecond. */
    private long lastStartMillis = Long.MIN_VALUE;
    /** When the last take ended; 0 before the first. */
    private long lastEndMicros;
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
        this.numbers = new TakeNumbers(grid, output);
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
        } else if (content instanceof Frame frame) {
            clock.accept(frame);
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
        picturesGoOn = false;
        tell(GapReason.OVERLOADED, sinceUtcMicros);
    }

    /** The memory that packets take which came in and are not written yet. */
    long heldBytes() {
        return clock.heldBytes() + take.map(TakeRecording::heldBytes).orElse(0L);
    }

    /** The packets that came in take more memory than there is for them: they are written, and the take ends. */
    void tooMuch(long nowUtcMicros) {
        log.warn("{}: {} bytes wait for the end of a segment, more than there is memory for", stream, heldBytes());
        endTake(GapReason.OVERLOADED);
        picturesGoOn = false;
        tell(GapReason.OVERLOADED, nowUtcMicros);
    }

    /** Writes all that came in so far and ends the recording. */
    void end(GapReason reason) {
        reader.end().forEach(this::accept);
        endTake(reason);
    }

    /** Writes all that came in so far and ends the take. More may follow, in a new take. */
    private void endTake(GapReason reason) {
        clock.flush();
        take.ifPresent(recording -> finish(recording, reason));
    }

    /** Gives up the take where it stands, after a defect. */
    void abandon() {
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

    /** Takes what is timed. */
    private final class Timing implements PublishClock.Listener {
        @Override
        public void timed(Frame frame, long utcMicros) {
            process(frame, utcMicros);
        }

        @Override
        public void lost() {
            log.info("{}: time stamps have left the wall clock by over 10 s, a new take begins", stream);
            take.ifPresent(recording -> finish(recording, GapReason.TIMESTAMP_JUMP));
            picturesGoOn = false; // What they refer to is at another time.
        }

        @Override
        public void moved(boolean isVideo, long millis) {
            String track = isVideo ? "video" : "audio";
            if (reported.add(track + " moved")) {
                log.info("{}: its {} is stamped {} ms off the other track, it is put in step", stream, track, millis);
            }
        }
    }

    private void process(Frame frame, long utcMicros) {
        if (frame.video()) {
            picture(frame, utcMicros);
        } else {
            sound(frame, utcMicros);
        }
        take.flatMap(TakeRecording::failure).ifPresent(failure -> giveUp(failure, frame.arrivalUtcMicros()));
        boolean isRecorded = take.map(TakeRecording::isRecorded).orElse(false);
        if (failing.isPresent() && isRecorded) {
            log.info("{}: recorded again after: {}", stream, failing.get().sentence());
            failing = Optional.empty();
            meter.notFailing(stream);
        }
        told = isRecorded ? Optional.empty() : told;
    }

    private void configure(VideoConfig config) {
        if (video.equals(Optional.of(config))) {
            nextVideo = Optional.empty();
            return;
        }
        if (video.isPresent()) {
            clock.flush();
        }
        boolean now = take.isEmpty() || take.get().adopt(config);
        picturesGoOn &= take.isPresent();
        nextVideo = now ? Optional.empty() : Optional.of(config);
        video = now ? Optional.of(config) : video;
    }

    private void configure(AudioConfig config) {
        if (audio.equals(Optional.of(config))) {
            nextAudio = Optional.empty();
            return;
        }
        if (audio.isPresent()) {
            clock.flush();
        }
        boolean now = take.isEmpty() || take.get().adopt(config);
        nextAudio = now ? Optional.empty() : Optional.of(config);
        audio = now ? Optional.of(config) : audio;
    }

    private void picture(Frame frame, long utcMicros) {
        // What is predicted from pictures of another codec is of no use, least of all in the take of that one.
        picturesGoOn &= nextVideo.isEmpty() || nextVideo.map(VideoConfig::codec).equals(video.map(VideoConfig::codec));
        if (frame.key() && nextVideo.isPresent()) {
            take.ifPresent(recording -> finish(recording, GapReason.CONFIGURATION_CHANGED));
        }
        if (video.isPresent() && (frame.key() || picturesGoOn)) {
            long ptsMicros = utcMicros + frame.compositionOffsetMillis() * 1_000L;
            long startMicros = frame.key() ? PictureFill.seenFromMicros(utcMicros, ptsMicros) : ptsMicros;
            picturesGoOn = isAdded(frame, startMicros, recording -> recording.video(utcMicros, frame));
        }
    }

    private void sound(Frame frame, long utcMicros) {
        if (nextAudio.isPresent()) {
            take.ifPresent(recording -> finish(recording, GapReason.CONFIGURATION_CHANGED));
        }
        if (audio.isPresent()) {
            isAdded(frame, utcMicros, recording -> recording.audio(utcMicros, frame));
        }
    }

    /** Adds an access unit to the take, or to a new one that starts with it where there is none or it is over. */
    private boolean isAdded(Frame frame, long startMicros, Predicate<TakeRecording> add) {
        if (take.isPresent() && add.test(take.get())) {
            return true;
        }
        take.ifPresent(recording -> finish(recording, GapReason.NOT_PUBLISHED));
        OptionalLong number = mayStart(startMicros, frame);
        return number.isPresent() && add.test(start(number.getAsLong()));
    }

    /** The number that a take would begin with; empty when none can begin now. */
    private OptionalLong mayStart(long startMicros, Frame frame) {
        triedMicros = startMicros;
        try {
            if (failing.isPresent() && !mayRetry(failing.get(), frame.arrivalUtcMicros())) {
                return OptionalLong.empty();
            }
            if (startMicros / 1_000 == lastStartMillis) {
                return OptionalLong.empty(); // Its id would be that of the take before.
            }
            if (startMicros < lastEndMicros - MOST_OVERLAP_MICROS) {
                return OptionalLong.empty(); // Of a publisher that was ahead, that time is recorded.
            }
            OptionalLong number = numbers.first(startMicros);
            if (number.isEmpty()) {
                noNumber(startMicros, frame.arrivalUtcMicros());
            }
            return number;
        } catch (IOException e) {
            giveUp(e, frame.arrivalUtcMicros());
            return OptionalLong.empty();
        }
    }

    private void noNumber(long startMicros, long nowMicros) throws IOException {
        long usualCells = SegmentGrid.MOST_AHEAD + 1 + MediaClock.MOST_OFF_MICROS / grid.periodMicros() + 1;
        if (numbers.cellsAhead(startMicros) > usualCells) {
            clockIsBehind(nowMicros);
        } else if (!told.equals(Optional.of(GapReason.TIMESTAMP_JUMP))) {
            tell(GapReason.TOO_MANY_TAKES, startMicros);
        }
    }

    /** The archive has segments of the cells to come, which a publisher that runs ahead does not explain. */
    private void clockIsBehind(long nowMicros) throws IOException {
        if (!failing.equals(Optional.of(GapReason.CLOCK_BEHIND))) {
            log.error(
                    "{}: not recorded until {}: {} has recordings up to then, made by a clock that was ahead of the present one",
                    stream,
                    Instant.EPOCH.plus(
                            grid.startUtcMicros(output.lastNumber() + 1 - SegmentGrid.MOST_AHEAD), ChronoUnit.MICROS),
                    output.place());
        }
        failedMicros = nowMicros;
        failing = Optional.of(GapReason.CLOCK_BEHIND);
        meter.failing(stream, GapReason.CLOCK_BEHIND);
        tell(GapReason.CLOCK_BEHIND, triedMicros);
    }

    /** Tells the archive, once for a hole, why it is one: behind the last take, whose end has a reason of its own. */
    private void tell(GapReason reason, long sinceUtcMicros) {
        if (!told.equals(Optional.of(reason))) {
            told = Optional.of(reason);
            output.notRecorded(Math.max(sinceUtcMicros, lastEndMicros + 1), reason);
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

    private TakeRecording start(long number) {
        TakeRecording recording = new TakeRecording(grid, number, video, audio, output, meter);
        take = Optional.of(recording);
        lastStartMillis = triedMicros / 1_000;
        return recording;
    }

    private void finish(TakeRecording recording, GapReason reason) {
        take = Optional.empty();
        recording.finish(reason);
        lastEndMicros = Math.max(lastEndMicros, recording.endUtcMicros());
        if (recording.isRecorded()) {
            told = Optional.of(recording.failure().map(TakeRecording::reasonOf).orElse(reason));
        }
        picturesGoOn &= nextVideo.isEmpty() && recording.failure().isEmpty();
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
