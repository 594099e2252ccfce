package org.red5.dvr.media.fmp4;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** The samples of a movie fragment of one track, in decoding order, as its {@code moof} lists them. */
public final class FragmentSamples {
    private final int moofBytes;
    private final FragmentHead head;
    private final Lists lists;

    private FragmentSamples(int moofBytes, FragmentHead head, Lists lists) {
        this.moofBytes = moofBytes;
        this.head = head;
        this.lists = lists;
    }

    /** Grow as samples come. */
    private static final class Lists implements FragmentReader.Visitor {
        private int count;
        private long[] durations = new long[128];
        private int[] bytes = new int[128];
        private int[] offsets = new int[128];
        private boolean[] keys = new boolean[128];

        @Override
        public void sample(long durationTicks, long sampleBytes, boolean isKey, int compositionOffsetTicks) {
            if (count == durations.length) {
                durations = Arrays.copyOf(durations, 2 * count);
                bytes = Arrays.copyOf(bytes, 2 * count);
                offsets = Arrays.copyOf(offsets, 2 * count);
                keys = Arrays.copyOf(keys, 2 * count);
            }
            durations[count] = durationTicks;
            bytes[count] = (int) Math.min(sampleBytes, Integer.MAX_VALUE);
            offsets[count] = compositionOffsetTicks;
            keys[count] = isKey;
            count++;
        }
    }

    /**
     * The samples of a fragment.
     *
     * @param moof the whole box, from its position to its limit
     * @throws CorruptMediaException when it is not what {@link Fragment} writes
     */
    public static FragmentSamples read(ByteBuffer moof) throws CorruptMediaException {
        Lists lists = new Lists();
        return new FragmentSamples(moof.remaining(), FragmentReader.read(moof, lists), lists);
    }

    public FragmentHead head() {
        return head;
    }

    /** Where the first sample's bytes are in the fragment. */
    public int dataOffsetBytes() {
        return moofBytes + FragmentReader.BOX_HEAD_BYTES;
    }

    public int count() {
        return lists.count;
    }

    /** How long a sample lasts, in ticks of the track. */
    public long duration(int sample) {
        return lists.durations[sample];
    }

    public int bytes(int sample) {
        return lists.bytes[sample];
    }

    /** What its presentation is later than its decoding, in ticks of the track; may be below 0. */
    public int compositionOffset(int sample) {
        return lists.offsets[sample];
    }

    public boolean isKey(int sample) {
        return lists.keys[sample];
    }
}
