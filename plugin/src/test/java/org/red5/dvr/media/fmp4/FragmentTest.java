package org.red5.dvr.media.fmp4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.Sample;

class FragmentTest {
    /** 2026-11-22T13:15:00Z in the video timescale. */
    private static final long START = 1_795_353_300L * 90_000;

    private static final int FIELDS = 0xf04;

    @Test
    void saysWhatPlayersNeedToKnowOfVideo() throws Exception {
        List<Sample> samples = List.of(
                sample(START, 7_200, true, 5),
                sample(START + 3_600, 14_400, false, 3),
                sample(START + 7_200, -3_600, false, 2),
                sample(START + 10_800, 0, false, 0));
        Fragment fragment = Fragment.of(1, 0x1_8000_0001L, samples, START + 15_000);
        Golden.assertSame("fragment-video.txt", BoxDump.of(bytes(fragment)));
    }

    @Test
    void saysWhatPlayersNeedToKnowOfAudio() throws Exception {
        List<Sample> samples =
                List.of(sample(48_000, 0, true, 4), sample(49_024, 0, true, 4), sample(50_048, 0, true, 1));
        Golden.assertSame("fragment-audio.txt", BoxDump.of(bytes(Fragment.of(2, 7, samples, 51_072))));
    }

    @Test
    void writesAFieldForEachSampleOnlyWhereTheyDiffer() {
        int none = 0;
        int durations = 0x100;
        int first = 0x4;
        int each = 0x400;
        int offsets = 0x800;
        assertEquals(none, fields(even(true, true, true)));
        assertEquals(none, fields(even(true)));
        assertEquals(first, fields(even(false)));
        assertEquals(first, fields(even(true, false, false)));
        assertEquals(first, fields(even(false, false, false)));
        assertEquals(each, fields(even(true, false, true)));
        assertEquals(each, fields(even(false, false, true)));
        assertEquals(first | offsets, fields(List.of(sample(0, 1, true, 1), sample(10, 0, false, 1))));
        assertEquals(first | offsets, fields(List.of(sample(0, 0, true, 1), sample(10, -1, false, 1))));
        assertEquals(
                first | durations,
                fields(List.of(sample(0, 0, true, 1), sample(10, 0, false, 1), sample(21, 0, false, 1))));
        assertEquals(
                each | durations | offsets,
                fields(List.of(sample(0, 0, true, 1), sample(10, 2, false, 1), sample(19, 0, true, 1))));
    }

    @Test
    void playersReadBackAnySamples() {
        Random random = new Random(5);
        for (int round = 0; round < 3_000; round++) {
            List<Sample> samples = randomSamples(random);
            long end = samples.get(samples.size() - 1).dtsTicks() + random.nextInt(4_000);
            Fragment fragment = Fragment.of(1 + random.nextInt(2), round, samples, end);
            byte[] bytes = bytes(fragment);
            assertEquals(bytes.length, fragment.lengthBytes());
            assertSame(samples, end, ParsedFragment.all(bytes), round);
        }
    }

    @Test
    void longDurationsAreWrittenInFull() {
        long gap = 0xffff_ffffL;
        List<Sample> samples = List.of(sample(0, 0, true, 1), sample(gap, 0, false, 1));
        ParsedFragment read =
                ParsedFragment.all(bytes(Fragment.of(1, 1, samples, gap + 1))).get(0);
        assertEquals(gap, read.samples().get(0).durationTicks());
        assertEquals(gap + 1, read.endTicks());
    }

    @Test
    void refusesWhatCannotBeWritten() {
        assertThrows(IllegalArgumentException.class, () -> Fragment.of(1, 1, List.of(), 0));
        List<Sample> falling = List.of(sample(10, 0, true, 1), sample(9, 0, false, 1));
        assertThrows(IllegalArgumentException.class, () -> Fragment.of(1, 1, falling, 20));
        List<Sample> one = List.of(sample(10, 0, true, 1));
        assertThrows(IllegalArgumentException.class, () -> Fragment.of(1, 1, one, 9));
        assertThrows(IllegalArgumentException.class, () -> Fragment.of(1, 1, one, 11 + 0xffff_ffffL));
    }

    @Test
    void samplesLieInsideTheirArray() {
        byte[] data = new byte[10];
        for (int[] part : new int[][] {{-1, 2}, {0, 11}, {10, 1}, {5, Integer.MAX_VALUE}, {3, -1}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Sample(0, 0, true, data, part[0], part[1]),
                    part[0] + "+" + part[1]);
        }
        assertEquals(8, new Sample(10, -2, true, data, 10, 0).ptsTicks());
    }

    private static void assertSame(List<Sample> samples, long end, List<ParsedFragment> fragments, int round) {
        assertEquals(1, fragments.size());
        ParsedFragment read = fragments.get(0);
        assertEquals(round, read.sequence());
        assertEquals(samples.size(), read.samples().size());
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.get(i);
            ParsedFragment.ParsedSample back = read.samples().get(i);
            assertEquals(sample.dtsTicks(), back.dtsTicks(), "round " + round + ", sample " + i);
            assertEquals(sample.compositionOffsetTicks(), back.compositionOffsetTicks());
            assertEquals(sample.key(), back.key(), "round " + round + ", sample " + i);
            assertArrayEquals(contentOf(sample), back.data());
        }
        assertEquals(end, read.endTicks());
    }

    private static List<Sample> randomSamples(Random random) {
        List<Sample> samples = new ArrayList<>();
        boolean even = random.nextBoolean();
        boolean reordered = random.nextBoolean();
        int keys = random.nextInt(4);
        long dts = START + random.nextInt(1_000_000);
        for (int count = 1 + random.nextInt(12); count > 0; count--) {
            boolean key = keys == 0 || (keys == 1 && samples.isEmpty()) || (keys == 2 && random.nextBoolean());
            samples.add(sample(dts, reordered ? random.nextInt(20_000) - 10_000 : 0, key, random.nextInt(50)));
            dts += even ? 3_000 : random.nextInt(6_000);
        }
        return samples;
    }

    /** Which of the optional fields a run has. */
    private static int fields(List<Sample> samples) {
        String run = BoxDump.of(bytes(Fragment.of(
                        1, 1, samples, samples.get(samples.size() - 1).dtsTicks() + 10)))
                .lines()
                .filter(line -> line.strip().startsWith("trun"))
                .findFirst()
                .orElseThrow();
        int flags = Integer.parseInt(run.strip().split(" ")[2], 16);
        assertTrue((flags & 0x201) == 0x201, "data offset and sizes are always there");
        assertFalse((flags & 0x404) == 0x404, "the standard forbids flags of the first and of each sample together");
        return flags & FIELDS & ~0x200;
    }

    private static List<Sample> even(boolean... keys) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < keys.length; i++) {
            samples.add(sample(i * 10L, 0, keys[i], 1));
        }
        return samples;
    }

    /** A sample in the middle of an array, as packets have it. */
    private static Sample sample(long dtsTicks, int offsetTicks, boolean key, int length) {
        byte[] data = new byte[length + 8];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (dtsTicks * 31 + i);
        }
        return new Sample(dtsTicks, offsetTicks, key, data, 5, length);
    }

    private static byte[] bytes(Fragment fragment) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(fragment.head());
        fragment.samples().forEach(sample -> out.writeBytes(contentOf(sample)));
        return out.toByteArray();
    }

    private static byte[] contentOf(Sample sample) {
        byte[] content = new byte[sample.length()];
        System.arraycopy(sample.data(), sample.offset(), content, 0, content.length);
        return content;
    }
}
