package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.Fuzz;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.media.flv.FlvCorpus;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.slf4j.LoggerFactory;

/**
 * Publishes of a real encoder's packets, damaged, out of order, at wild times, by a clock that is set while they run, and
 * with a writer that now and then falls behind: nothing that a publisher sends stops its recorder by a defect, and what
 * is recorded can be read.
 */
class RecorderFuzzTest {
    private static final int MOST_BYTES = 64 << 20;
    private static final int MOST_PACKETS = 300;
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long START_MICROS = GRID.startUtcMicros(448_838_325L);
    private static final List<List<FlvCorpus.Tag>> PUBLISHES = FlvCorpus.publishes();

    @TempDir
    Path root;

    private final ListAppender<ILoggingEvent> defects = new ListAppender<>();
    private LocalArchive archive;

    @BeforeEach
    void open() {
        archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID);
        defects.start();
        logger(StreamRecorder.class).addAppender(defects);
        logger(Ingest.class).setLevel(Level.ERROR);
    }

    @AfterEach
    void close() {
        logger(StreamRecorder.class).detachAppender(defects);
        logger(Ingest.class).setLevel(null);
        archive.close();
    }

    @Test
    void publishes() throws InterruptedException {
        Fuzz.run("publishes", 0.1, MOST_BYTES, random -> {
            StreamKey stream = new StreamKey("live", "camera" + random.nextLong());
            new Publisher(stream, random).run();
            assertEquals(
                    List.of(),
                    defects.list.stream().map(RecorderFuzzTest::describe).toList());
            if (Files.isDirectory(root.resolve("live"))) {
                read(stream);
                delete(root.resolve("live"));
            }
        });
    }

    private void read(StreamKey stream) throws IOException {
        if (archive.span(stream).isPresent()) {
            RecordedStream recorded = new RecordedStream(archive, stream);
            for (Segment segment : recorded.segments()) {
                recorded.fragments(segment, Part.MUXED);
            }
            recorded.tracks();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String describe(ILoggingEvent event) {
        return event.getFormattedMessage()
                + (event.getThrowableProxy() == null
                        ? ""
                        : event.getThrowableProxy().getClassName() + ": "
                                + event.getThrowableProxy().getMessage() + " at "
                                + event.getThrowableProxy().getStackTraceElementProxyArray()[0]);
    }

    private static Logger logger(Class<?> of) {
        return (Logger) LoggerFactory.getLogger(of);
    }

    /** One publish; how wild it is differs from one to the next. */
    private final class Publisher {
        private final Random random;
        private final ArrayDeque<Runnable> writer = new ArrayDeque<>();
        private final StreamRecorder recorder;
        private final List<FlvCorpus.Tag> tags;
        /** Of so many packets one is damaged, one comes at a wild time, and after one the clock is set. */
        private final int damaged;

        private final int wild;
        private final int set;
        private int offsetMillis;
        private long clockMicros;
        private long nowMicros = START_MICROS;

        Publisher(StreamKey stream, Random random) {
            this.random = random;
            this.tags = PUBLISHES.get(random.nextInt(PUBLISHES.size()));
            this.damaged = 2 + random.nextInt(200);
            this.wild = 2 + random.nextInt(400);
            this.set = 20 + random.nextInt(2_000);
            this.offsetMillis = random.nextBoolean() ? 0 : random.nextInt();
            Ingest ingest = new Ingest(stream, GRID, new ToArchive(archive, root, stream), new CountingMeter());
            this.recorder = new StreamRecorder(
                    stream,
                    ingest,
                    writer::add,
                    new RecordingMemory(new ByteBudget(1 << 20), new ByteBudget(1 << 20)),
                    new CountingMeter(),
                    () -> nowMicros,
                    ended -> {});
        }

        void run() {
            int packets = 1 + random.nextInt(MOST_PACKETS);
            for (int i = 0; i < packets; i++) {
                FlvCorpus.Tag tag = tags.get(i % tags.size());
                int millis = i / tags.size() * FlvCorpus.MILLIS + tag.timestampMillis();
                nowMicros = START_MICROS + clockMicros + millis * 1_000L + random.nextInt(5_000);
                send(tag, millis);
                if (random.nextInt(set) == 0) {
                    clockMicros += (random.nextInt(3) - 1) * (random.nextBoolean() ? 3_600_000_000L : 15_000_000);
                }
                if (random.nextInt(4) == 0) {
                    work();
                }
            }
            recorder.end();
            work();
        }

        private void send(FlvCorpus.Tag tag, int millis) {
            int timestamp = offsetMillis + millis;
            if (random.nextInt(wild) == 0) {
                int[] steps = {random.nextInt(), random.nextInt(3_000) - 1_500, 9_999, -1_001, 1 << 24};
                timestamp += steps[random.nextInt(steps.length)];
                offsetMillis += random.nextBoolean() ? timestamp - offsetMillis - millis : 0;
            }
            byte[] body = random.nextInt(damaged) == 0 ? DamagedBytes.damage(tag.body(), random) : tag.body();
            boolean video = tag.video() ^ random.nextInt(500) == 0;
            if (video) {
                recorder.video(timestamp, body);
            } else {
                recorder.audio(timestamp, body);
            }
        }

        private void work() {
            for (Runnable task = writer.poll(); task != null; task = writer.poll()) {
                task.run();
            }
        }
    }
}
