package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.media.fmp4.ParsedFragment;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * Fifty times within seconds of each other an encoder comes back, or goes on with other pictures, other sound or another codec:
 * what can be decoded is recorded from the first key frame behind each on, by the real recorder into a real archive.
 * {@code -Dinterruptions.seeds=100} makes more histories.
 */
class InterruptionsTest {
    private static final StreamKey STREAM = new StreamKey("live", "camera");
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long START_MICROS = GRID.startUtcMicros(448_838_325L);
    private static final int INTERRUPTIONS = 50;
    private static final int MOST_APART_MILLIS = 9_000;
    private static final int FRAME_MILLIS = 40;
    private static final int MOST_OFF_MICROS = 50_000;
    private static final int LEAST_MICROS = 500_000;
    /** Of interruptions within a second of each other some make no take. */
    private static final int LEAST_TAKES = 40;

    private enum Pictures {
        LARGE,
        SMALL,
        HEVC;

        byte[] configuration() {
            return switch (this) {
                case LARGE -> Bodies.VIDEO_CONFIG;
                case SMALL -> Bodies.OTHER_VIDEO_CONFIG;
                case HEVC -> Bodies.HEVC_CONFIG;
            };
        }

        byte[] body(int number, boolean key) {
            return this == HEVC ? Bodies.hevc(number, key) : Bodies.video(number, key, 0, 20);
        }
    }

    /** When each access unit was sent that can be decoded, by its number. */
    private final Map<Integer, Long> sent = new HashMap<>();

    private final StringBuilder story = new StringBuilder();

    @TempDir
    Path root;

    private Random random;
    private Ingest ingest;
    private Pictures pictures = Pictures.LARGE;
    private boolean isStereo = true;
    private int nowMillis;
    private int stampOffset;
    private int gopMillis;
    private int keyAtMillis;
    private boolean keySeen;
    private int nextPictureMillis;
    private double nextSoundMillis;
    private int number;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Integer.getInteger("interruptions.seeds", 10));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostNorCutShort(long seed) throws IOException {
        random = new Random(seed);
        story.append("seed ").append(seed);
        nowMillis = random.nextInt(4_000);
        try (LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), GRID)) {
            publish(archive);
            for (int i = 0; i < INTERRUPTIONS; i++) {
                send(random.nextInt(MOST_APART_MILLIS));
                switch (random.nextInt(4)) {
                    case 0 -> otherPictures();
                    case 1 -> otherSound();
                    default -> {
                        ingest.end(GapReason.NOT_PUBLISHED);
                        nowMillis += random.nextInt(MOST_APART_MILLIS);
                        publish(archive);
                    }
                }
            }
            send(MOST_APART_MILLIS);
            ingest.end(GapReason.NOT_PUBLISHED);
            check(new RecordedStream(archive, STREAM));
        }
    }

    private void publish(LocalArchive archive) {
        ingest = new Ingest(STREAM, GRID, new ToArchive(archive, root, STREAM), new CountingMeter());
        stampOffset = random.nextInt();
        pictures = Pictures.values()[random.nextInt(Pictures.values().length)];
        isStereo = random.nextBoolean();
        nextPictureMillis = nowMillis;
        nextSoundMillis = nowMillis + random.nextInt(20);
        packet(true, pictures.configuration());
        packet(false, soundConfiguration());
        // Most encoders begin with a key frame, some within a second.
        keyIn("published", random.nextBoolean() ? 0 : random.nextInt(1_000));
    }

    private void otherPictures() {
        int further = 1 + random.nextInt(Pictures.values().length - 1);
        pictures = Pictures.values()[(pictures.ordinal() + further) % Pictures.values().length];
        packet(true, pictures.configuration());
        keyIn("goes on", 0);
    }

    private void otherSound() {
        isStereo = !isStereo;
        packet(false, soundConfiguration());
        story.append(String.format("%n%d: %s", nowMillis, isStereo ? "stereo" : "mono"));
    }

    private void keyIn(String what, int millis) {
        keySeen = false;
        keyAtMillis = nowMillis + millis;
        gopMillis = 1_000 * (1 + random.nextInt(4));
        story.append(String.format(
                "%n%d: %s with %s, first key frame from %d on, GOP %d ms",
                nowMillis, what, pictures, keyAtMillis, gopMillis));
    }

    private byte[] soundConfiguration() {
        return isStereo ? Bodies.AUDIO_CONFIG : Bodies.OTHER_AUDIO_CONFIG;
    }

    private void send(int millis) {
        for (int until = nowMillis + millis; nowMillis < until; nowMillis++) {
            if (nowMillis == nextPictureMillis) {
                picture();
                nextPictureMillis += FRAME_MILLIS;
            }
            if (nowMillis >= nextSoundMillis) {
                sent.put(number, nowMicros());
                packet(false, Bodies.audio(number++));
                nextSoundMillis += 1_024_000.0 / (isStereo ? 48_000 : 44_100);
            }
        }
    }

    private void picture() {
        boolean key = nowMillis >= keyAtMillis;
        if (key) {
            keySeen = true;
            keyAtMillis += gopMillis;
        }
        if (keySeen) {
            sent.put(number, nowMicros());
        }
        packet(true, pictures.body(number++, key));
    }

    private long nowMicros() {
        return START_MICROS + nowMillis * 1_000L;
    }

    private void packet(boolean video, byte[] body) {
        ingest.packet(new Packet(video, stampOffset + nowMillis, nowMicros(), body));
    }

    private void check(RecordedStream recorded) throws IOException {
        Map<Integer, Long> missing = new HashMap<>(sent);
        for (Segment segment : recorded.segments()) {
            remove(recorded, segment, Part.VIDEO, missing);
            remove(recorded, segment, Part.AUDIO, missing);
        }
        assertTrue(missing.isEmpty(), missing.size() + " of " + sent.size() + " are not recorded: " + story);
        Map<TakeId, List<Segment>> takes = recorded.segments().stream().collect(Collectors.groupingBy(Segment::take));
        assertTrue(takes.size() >= LEAST_TAKES, takes.size() + " takes: " + story);
        for (List<Segment> take : takes.values()) {
            for (Segment segment : take) {
                assertTrue(segment.durationMicros() >= LEAST_MICROS || take.size() == 1, segment + ": " + story);
                assertTrue(segment.durationMicros() <= 2 * GRID.periodMicros(), segment + ": " + story);
            }
        }
        Set<Long> numbers = new HashSet<>();
        recorded.segments().forEach(segment -> assertTrue(numbers.add(segment.number()), segment + ": " + story));
    }

    private void remove(RecordedStream recorded, Segment segment, Part part, Map<Integer, Long> missing)
            throws IOException {
        double timescale =
                part == Part.VIDEO ? 90_000 : recorded.audioRate(segment.take()).orElse(1);
        List<ParsedFragment.ParsedSample> samples = new ArrayList<>();
        recorded.fragments(segment, part).forEach(fragment -> samples.addAll(fragment.samples()));
        for (ParsedFragment.ParsedSample sample : samples) {
            if (Bodies.isSent(sample.data())) {
                int access = Bodies.numberIn(sample.data());
                Long micros = missing.remove(access);
                assertTrue(micros != null, access + " is recorded twice, or cannot be decoded: " + story);
                assertEquals(micros, sample.dtsTicks() * 1e6 / timescale, MOST_OFF_MICROS, access + ": " + story);
            }
        }
    }
}
