package org.red5.dvr.media.fmp4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.bitstream.CorruptMediaException;

class FragmentReaderTest {
    private static final long NOW_TICKS = 160_000_000_000_000L;
    private static final int CASES = 100_000;

    @Test
    void readsBackWhatEveryKindOfFragmentSays() throws CorruptMediaException {
        Random random = new Random(31);
        for (int round = 0; round < 2_000; round++) {
            List<Sample> samples = samples(random);
            Sample first = samples.get(0);
            long last = samples.get(samples.size() - 1).dtsTicks();
            long end = last + 1 + random.nextInt(5_000);
            int track = 1 + random.nextInt(2);
            int sequence = random.nextInt();
            FragmentHead read = FragmentReader.read(moof(Fragment.of(track, sequence, samples, end)));
            long payload = samples.stream().mapToLong(Sample::length).sum();
            assertEquals(
                    new FragmentHead(
                            track,
                            sequence,
                            first.dtsTicks(),
                            first.ptsTicks(),
                            end - first.dtsTicks(),
                            first.key(),
                            first.length(),
                            payload),
                    read);
        }
    }

    @Test
    void aBeginningIsCorrupt() {
        ByteBuffer moof = moof(Fragment.of(1, 7, samples(new Random(5)), NOW_TICKS + 2_000_000));
        byte[] whole = new byte[moof.remaining()];
        moof.get(whole);
        for (byte[] beginning : DamagedBytes.beginnings(whole)) {
            assertThrows(CorruptMediaException.class, () -> FragmentReader.read(ByteBuffer.wrap(beginning)));
        }
    }

    @Test
    void damagedHeadsAreReadOrRefused() {
        Random random = new Random(20261123);
        List<byte[]> heads = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ByteBuffer moof = moof(Fragment.of(1, i, samples(random), NOW_TICKS + 2_000_000));
            byte[] whole = new byte[moof.remaining()];
            moof.get(whole);
            heads.add(whole);
        }
        int refused = 0;
        for (int round = 0; round < CASES; round++) {
            byte[] whole = heads.get(round % heads.size());
            try {
                FragmentHead read = FragmentReader.read(ByteBuffer.wrap(DamagedBytes.damage(whole, random)));
                assertTrue(read.payloadBytes() >= 0 && read.durationTicks() >= 0 && read.startPtsTicks() >= 0);
            } catch (CorruptMediaException e) {
                refused++;
            }
        }
        assertTrue(refused > CASES / 4, refused + " refused");
    }

    private static ByteBuffer moof(Fragment fragment) {
        byte[] head = fragment.head();
        return ByteBuffer.wrap(head, 0, head.length - FragmentReader.BOX_HEAD_BYTES);
    }

    private static List<Sample> samples(Random random) {
        List<Sample> samples = new ArrayList<>();
        byte[] data = new byte[900];
        boolean offsets = random.nextBoolean();
        boolean steady = random.nextBoolean();
        int keys = random.nextInt(3);
        long dts = NOW_TICKS;
        for (int i = random.nextInt(12); i >= 0; i--) {
            boolean key = keys == 0 || keys == 1 && samples.isEmpty() || keys == 2 && random.nextBoolean();
            int offset = offsets ? random.nextInt(20_000) - 10_000 : 0;
            samples.add(new Sample(dts, offset, key, data, 0, random.nextInt(900)));
            dts += steady ? 3_600 : random.nextInt(9_000);
        }
        return samples;
    }
}
