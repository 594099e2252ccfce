package org.red5.dvr.record;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.media.flv.FlvBodies;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every publish a sink that stays as long as the publish, while the recording behind it begins, ends and moves as the
 * configuration has it. Any thread may call.
 */
public final class SinkSwitch implements StreamSinks {
    private static final Logger log = LoggerFactory.getLogger(SinkSwitch.class);
    /** What is longer is no codec configuration, and not kept. */
    private static final int MOST_CONFIGURATION_BYTES = 64 << 10;

    /** Who records a stream, and where. */
    private record Place(Recorders recorders, Path root) {}

    private final Set<Switched> publishes = ConcurrentHashMap.newKeySet();
    private volatile Optional<Recorders> recorders = Optional.empty();

    /** A sink for every publish, whether it is to be recorded at present or not. */
    @Override
    public Optional<StreamSink> open(StreamKey stream) {
        Switched publish = new Switched(stream);
        publishes.add(publish);
        publish.turn();
        return Optional.of(publish);
    }

    /**
     * Looks at where each stream is to be recorded now, and by whom; until this is called for the first time, none is. One
     * that is to be recorded elsewhere, or from now on, begins a take at once, with the number of a cell that has not begun yet.
     */
    public void use(Recorders now) {
        recorders = Optional.of(now);
        publishes.forEach(Switched::turn);
    }

    /** Packets come on the publisher's thread; it waits for the monitor no longer than a recorder takes to be made. */
    private final class Switched implements StreamSink {
        private final StreamKey stream;
        /** The last codec configurations, which a recorder that is made in mid-publish has to have. */
        @GuardedBy("this")
        private @Nullable Packet video;

        @GuardedBy("this")
        private @Nullable Packet audio;

        @GuardedBy("this")
        private Optional<Place> place = Optional.empty();

        @GuardedBy("this")
        private Optional<StreamRecorder> recorder = Optional.empty();

        @GuardedBy("this")
        private boolean begun;

        @GuardedBy("this")
        private boolean ended;

        Switched(StreamKey stream) {
            this.stream = stream;
        }

        @Override
        public synchronized void video(int timestampMillis, byte[] body) {
            if (body.length <= MOST_CONFIGURATION_BYTES && FlvBodies.isVideoConfiguration(body)) {
                video = new Packet(true, timestampMillis, 0, body);
            }
            recorder.ifPresent(to -> to.video(timestampMillis, body));
        }

        @Override
        public synchronized void audio(int timestampMillis, byte[] body) {
            if (body.length <= MOST_CONFIGURATION_BYTES && FlvBodies.isAudioConfiguration(body)) {
                audio = new Packet(false, timestampMillis, 0, body);
            }
            recorder.ifPresent(to -> to.audio(timestampMillis, body));
        }

        @Override
        public synchronized void end() {
            ended = true;
            publishes.remove(this);
            recorder.ifPresent(StreamRecorder::end);
            recorder = Optional.empty();
        }

        synchronized void turn() {
            Optional<Place> next = recorders.flatMap(now -> now.rootOf(stream).map(root -> new Place(now, root)));
            if (ended || begun && next.equals(place)) {
                return;
            }
            recorder.ifPresent(before -> before.end(GapReason.NOT_CONFIGURED));
            recorder = next.map(to -> to.recorders().record(stream, to.root(), firstNumber(to.recorders())));
            recorder.ifPresent(this::configure);
            log.info(next.isPresent() ? "recording {}" : "not recording {}: not configured", stream);
            place = next;
            begun = true;
        }

        @GuardedBy("this")
        private long firstNumber(Recorders to) {
            return begun ? to.nextNumber() : Long.MIN_VALUE;
        }

        @GuardedBy("this")
        private void configure(StreamRecorder to) {
            if (video != null) {
                to.video(video.timestampMillis(), video.body());
            }
            if (audio != null) {
                to.audio(audio.timestampMillis(), audio.body());
            }
        }
    }
}
