package org.red5.dvr.record;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.CorruptMediaException;
import org.red5.dvr.media.Mp3;
import org.red5.dvr.media.Opus;
import org.red5.dvr.media.UnsupportedMediaException;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.flv.FlvPacket;
import org.red5.dvr.media.flv.FlvReader;
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
    }

    private record Timed(Packet packet, long mediaMillis) {}

    private static final Logger log = LoggerFactory.getLogger(Ingest.class);
    /** After the disk refused a take, the next try comes this much later. */
    private static final long RETRY_MICROS = 10_000_000;

    private final StreamKey stream;
    private final SegmentGrid grid;
    private final Output output;
    private final List<Timed> held = new ArrayList<>();
    private final Set<String> reported = new HashSet<>();
    private MediaClock clock = new MediaClock();
    private Optional<VideoConfig> video = Optional.empty();
    private Optional<AudioConfig> audio = Optional.empty();
    /** Configurations that the next take has; empty where it has the present ones. */
    private Optional<VideoConfig> nextVideo = Optional.empty();

    private Optional<AudioConfig> nextAudio = Optional.empty();
    private Optional<TakeRecording> take = Optional.empty();
    private long firstFreeCell = Long.MIN_VALUE;
    private long notBeforeMicros = Long.MIN_VALUE;

    Ingest(StreamKey stream, SegmentGrid grid, Output output) {
        this.stream = stream;
        this.grid = grid;
        this.output = output;
    }

    /** Takes in the next packet. */
    void packet(Packet packet) {
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
            process(packet, mediaMillis);
            return;
        }
        held.add(new Timed(packet, mediaMillis));
        if (clock.canAnchor(packet.arrivalUtcMicros())) {
            processHeld();
        }
    }

    /** Ends the take before a packet that begins a new reckoning; gives that packet's unwrapped time stamp. */
    private long anew(Packet packet) {
        end(GapReason.TIMESTAMP_JUMP);
        clock = new MediaClock();
        return clock.unwrap(packet.timestampMillis());
    }

    /** Packets are missing between the last one and the next. */
    void lost(int packets) {
        log.warn("{}: {} packets dropped, the archive's disk does not keep up", stream, packets);
        end(GapReason.OVERLOADED);
    }

    /** Writes all that came in so far and ends the take. More may follow, in a new take. */
    void end(GapReason reason) {
        processHeld();
        take.ifPresent(recording -> finish(recording, reason));
    }

    private void processHeld() {
        if (held.isEmpty()) {
            return;
        }
        clock.anchor(held.get(held.size() - 1).packet().arrivalUtcMicros());
        List<Timed> packets = List.copyOf(held);
        held.clear();
        packets.forEach(timed -> process(timed.packet(), timed.mediaMillis()));
    }

    private void process(Packet packet, long mediaMillis) {
        try {
            FlvPacket content = packet.video() ? FlvReader.video(packet.body()) : FlvReader.audio(packet.body());
            if (content instanceof FlvPacket.VideoConfiguration configuration) {
                configure(configuration.codec().parse(configuration.record()));
            } else if (content instanceof FlvPacket.AudioConfiguration configuration) {
                configure(
                        configuration.codec() == AudioCodec.OPUS
                                ? Opus.parseHead(configuration.record())
                                : Aac.parse(configuration.record()));
            } else if (content instanceof FlvPacket.Mp3Frame frame) {
                configure(Mp3.parse(packet.body(), frame.offset()));
                audioFrame(clock.utcMicros(mediaMillis), new FlvPacket.Frame(true, 0, frame.offset()), packet);
            } else if (content instanceof FlvPacket.Frame frame) {
                long utcMicros = clock.utcMicros(mediaMillis);
                if (packet.video()) {
                    videoFrame(utcMicros, frame, packet);
                } else {
                    audioFrame(utcMicros, frame, packet);
                }
            }
        } catch (CorruptMediaException | UnsupportedMediaException e) {
            if (reported.add(e.getMessage())) {
                log.warn("{}: not recorded: {}", stream, e.getMessage());
            }
        }
        take.flatMap(TakeRecording::failure).ifPresent(failure -> giveUp(failure, packet.arrivalUtcMicros()));
    }

    private void configure(VideoConfig config) {
        boolean now = take.isEmpty();
        nextVideo = now || video.equals(Optional.of(config)) ? Optional.empty() : Optional.of(config);
        video = now ? Optional.of(config) : video;
    }

    private void configure(AudioConfig config) {
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
        if (take.isPresent() && !take.get().video(utcMicros, frame, packet.body())) {
            finish(take.get(), GapReason.NOT_PUBLISHED);
        } else if (take.isPresent()) {
            return;
        }
        long ptsMicros = utcMicros + frame.compositionOffsetMillis() * 1_000L;
        if (frame.key() && mayStart(ptsMicros, packet)) {
            start().video(utcMicros, frame, packet.body());
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
        if (take.isPresent() && !take.get().audio(utcMicros, frame, packet.body())) {
            finish(take.get(), GapReason.NOT_PUBLISHED);
        } else if (take.isPresent()) {
            return;
        }
        if (video.isEmpty() && mayStart(utcMicros, packet)) {
            start().audio(utcMicros, frame, packet.body());
        }
    }

    private boolean mayStart(long startMicros, Packet packet) {
        if (packet.arrivalUtcMicros() < notBeforeMicros) {
            return false;
        }
        try {
            firstFreeCell = Math.max(firstFreeCell, output.lastNumber() + 1);
        } catch (IOException e) {
            giveUp(e, packet.arrivalUtcMicros());
            return false;
        }
        return grid.numberAt(startMicros) >= firstFreeCell;
    }

    private TakeRecording start() {
        TakeRecording recording = new TakeRecording(grid, video, audio, output);
        take = Optional.of(recording);
        return recording;
    }

    private void finish(TakeRecording recording, GapReason reason) {
        take = Optional.empty();
        recording.finish(reason);
        video = nextVideo.or(() -> video);
        audio = nextAudio.or(() -> audio);
        nextVideo = Optional.empty();
        nextAudio = Optional.empty();
        recording.failure().ifPresent(failure -> log.warn("{}: recording failed: {}", stream, failure.toString()));
    }

    private void giveUp(IOException failure, long nowMicros) {
        notBeforeMicros = nowMicros + RETRY_MICROS;
        if (take.isPresent()) {
            finish(take.get(), GapReason.DISK_ERROR);
        } else {
            log.warn("{}: recording failed: {}", stream, failure.toString());
        }
    }
}
