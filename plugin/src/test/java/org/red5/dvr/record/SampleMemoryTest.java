package org.red5.dvr.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.media.Sample;
import org.red5.dvr.timeline.SegmentGrid;

class SampleMemoryTest {
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final int VIDEO_TICKS = 90_000;
    private static final int AUDIO_TICKS = 48_000;
    private static final long START_SECONDS = GRID.startUtcMicros(450_000_000) / 1_000_000;
    private static final int FRAMES = 25 * 120;
    private static final int GOP_FRAMES = 50;

    private final ChunkPool pool = new ChunkPool();
    private final Map<Sample, byte[]> sent = new HashMap<>();
    private final List<Sample> written = new ArrayList<>();
    private int segmentBytes;

    /** Frames of any size, several streams on one pool, audio late by up to its limit: every byte is there when it is written. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsWrittenIsWhatCameIn(long seed) {
        Random random = new Random(seed);
        List<Take> takes = List.of(new Take(random), new Take(random), new Take(random));
        for (int frame = 0; frame < FRAMES; frame++) {
            for (Take take : takes) {
                take.frame(frame);
            }
        }
        takes.forEach(Take::end);
        assertEquals(sent.size(), written.size());
        assertEquals(0, pool.spareChunks(), "nothing is kept when nobody records");
    }

    @Test
    void chunksAreUsedAgain() {
        Take take = new Take(new Random(5));
        for (int frame = 0; frame < FRAMES; frame++) {
            take.frame(frame);
        }
        // A segment and its neighbour's beginning, not the thirty segments there were.
        assertTrue(
                pool.spareChunks() * ChunkPool.CHUNK_BYTES < 3 * take.largestSegmentBytes,
                () -> "" + pool.spareChunks());
        assertTrue(pool.spareChunks() > 0);
        take.end();
    }

    @Test
    void smallTakesDoNotBorrow() {
        SampleMemory memory = new SampleMemory(pool);
        Sample sample = sample(0, AUDIO_TICKS, 300, new Random(6));
        assertSame(sample, memory.keep(sample));
        int many = SampleMemory.LEAST_BYTES / 300;
        for (int i = 1; i < many; i++) {
            assertSame(sample, memory.keep(sample));
        }
        memory.written(each -> {});
        for (int i = 0; i < many; i++) {
            assertSame(sample, memory.keep(sample));
        }
        assertEquals(ChunkPool.CHUNK_BYTES, memory.keep(sample).data().length);
        Sample large = sample(0, VIDEO_TICKS, ChunkPool.CHUNK_BYTES + 1, new Random(7));
        assertSame(large, memory.keep(large));
        memory.close();
    }

    private static Sample sample(long dts, int timescale, int bytes, Random random) {
        byte[] packet = new byte[bytes + 5];
        random.nextBytes(packet);
        return new Sample(START_SECONDS * timescale + dts, 0, true, packet, 5, bytes);
    }

    /** A take as it is recorded, with a writer that compares at once and never looks again. */
    private final class Take {
        private final Random random;
        private final SampleMemory memory = new SampleMemory(pool);
        private final Segmenter segmenter = new Segmenter(GRID, true, this::write);
        private final int audioLateFrames;
        private int largestSegmentBytes;

        Take(Random random) {
            this.random = random;
            this.audioLateFrames = random.nextInt(20);
            segmenter.expectAudio();
        }

        void frame(int frame) {
            boolean key = frame % GOP_FRAMES == 0;
            int bytes = 1 + random.nextInt(key ? 200_000 : 20_000);
            Sample video = sample(frame * (VIDEO_TICKS / 25L), VIDEO_TICKS, bytes, random);
            assertTrue(segmenter.video(
                    remembered(new Sample(video.dtsTicks(), 0, key, video.data(), video.offset(), video.length()))));
            free();
            int audioFrame = frame - audioLateFrames;
            if (audioFrame >= 0) {
                long dts = audioFrame * (AUDIO_TICKS / 25L);
                Sample audio = sample(dts, AUDIO_TICKS, random.nextInt(600), random);
                assertTrue(segmenter.audio(remembered(audio), AUDIO_TICKS, audio.dtsTicks() + AUDIO_TICKS / 25));
                free();
            }
        }

        void end() {
            segmenter.finish();
            memory.close();
        }

        private Sample remembered(Sample sample) {
            Sample kept = memory.keep(sample);
            sent.put(kept, Arrays.copyOfRange(sample.data(), sample.offset(), sample.offset() + sample.length()));
            return kept;
        }

        private void free() {
            if (segmentBytes > 0) {
                memory.written(segmenter::held);
                largestSegmentBytes = Math.max(largestSegmentBytes, segmentBytes);
                segmentBytes = 0;
            }
        }

        private void write(org.red5.dvr.archive.SegmentContent content) {
            for (var track : List.of(content.video(), content.audio())) {
                for (Sample sample : track.orElseThrow().samples()) {
                    byte[] bytes =
                            Arrays.copyOfRange(sample.data(), sample.offset(), sample.offset() + sample.length());
                    assertArrayEquals(sent.get(sample), bytes);
                    written.add(sample);
                    segmentBytes += sample.length();
                }
            }
        }
    }
}
