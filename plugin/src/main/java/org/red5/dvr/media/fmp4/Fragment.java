package org.red5.dvr.media.fmp4;

import java.nio.ByteBuffer;
import java.util.List;
import org.red5.dvr.media.Sample;

/**
 * A movie fragment of one track: {@code moof} and the head of its {@code mdat}, to be followed by the samples' bytes
 * (ISO/IEC 14496-12 section 8.8).
 */
public final class Fragment {
    private static final int DATA_OFFSET = 0x1;
    private static final int FIRST_FLAGS = 0x4;
    private static final int DURATIONS = 0x100;
    private static final int SIZES = 0x200;
    private static final int FLAGS = 0x400;
    private static final int COMPOSITION_OFFSETS = 0x800;

    private static final int KEY = 0x02000000;
    private static final int NOT_KEY = 0x01010000;

    private final byte[] head;
    private final List<Sample> samples;
    private final int lengthBytes;

    private Fragment(byte[] head, List<Sample> samples, int payloadBytes) {
        this.head = head;
        this.samples = samples;
        this.lengthBytes = Math.addExact(head.length, payloadBytes);
    }

    /**
     * The fragment of some samples.
     *
     * @param track the track's id
     * @param sequence the fragment's number in its file, growing; its lowest 32 bits are written
     * @param samples at least one, in decoding order, decoding times not falling
     * @param endTicks decoding time at which the last sample ends
     */
    public static Fragment of(int track, long sequence, List<Sample> samples, long endTicks) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("a fragment without samples");
        }
        int payload = 0;
        for (Sample sample : samples) {
            payload = Math.addExact(payload, sample.length());
        }
        return new Fragment(head(track, sequence, samples, endTicks, payload), samples, payload);
    }

    /**
     * A fragment that has no sample, and says when it would begin. It has no mdat: GStreamer 1.22 (qtdemux) takes the next sample for a part
     * of an empty one, and gives up at the third.
     */
    public static byte[] empty(int track, long sequence, long dtsTicks) {
        BoxWriter out = new BoxWriter(128);
        int moof = out.open("moof");
        sequence(out, sequence);
        int traf = out.open("traf");
        int tfhd = out.open("tfhd", 0, 0x20000);
        out.u32(track);
        out.close(tfhd);
        decodeTime(out, dtsTicks);
        out.close(traf);
        out.close(moof);
        return out.toBytes();
    }

    private static void sequence(BoxWriter out, long sequence) {
        int mfhd = out.open("mfhd", 0, 0);
        out.u32(sequence);
        out.close(mfhd);
    }

    private static void decodeTime(BoxWriter out, long dtsTicks) {
        int tfdt = out.open("tfdt", 1, 0);
        out.u64(dtsTicks);
        out.close(tfdt);
    }

    /** {@code moof} and the first eight bytes of {@code mdat}. */
    public byte[] head() {
        return head;
    }

    /** Whose bytes follow the head, one behind the other. */
    public List<Sample> samples() {
        return samples;
    }

    /** All of it, of a fragment that is small. */
    public byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(lengthBytes).put(head);
        samples.forEach(sample -> out.put(sample.data(), sample.offset(), sample.length()));
        return out.array();
    }

    /** Of {@code moof} and {@code mdat} together. */
    public int lengthBytes() {
        return lengthBytes;
    }

    private static byte[] head(int track, long sequence, List<Sample> samples, long endTicks, int payload) {
        long duration = commonDuration(samples, endTicks);
        boolean offsets = samples.stream().anyMatch(sample -> sample.compositionOffsetTicks() != 0);
        boolean plainKeys = keyOnlyFirst(samples);
        BoxWriter out = new BoxWriter(160 + samples.size() * 16);
        int moof = out.open("moof");
        sequence(out, sequence);
        int traf = out.open("traf");
        int defaultFlags = plainKeys ? NOT_KEY : KEY;
        int tfhd = out.open("tfhd", 0, 0x20020 | (duration >= 0 ? 0x8 : 0));
        out.u32(track);
        if (duration >= 0) {
            out.u32(duration);
        }
        out.u32(defaultFlags);
        out.close(tfhd);
        decodeTime(out, samples.get(0).dtsTicks());
        boolean allKeys = !plainKeys && samples.stream().allMatch(Sample::key);
        int fields = (duration >= 0 ? 0 : DURATIONS)
                | SIZES
                | (plainKeys || allKeys ? 0 : FLAGS)
                | (offsets ? COMPOSITION_OFFSETS : 0);
        int trun = out.open("trun", 1, DATA_OFFSET | (plainKeys ? FIRST_FLAGS : 0) | fields);
        out.u32(samples.size());
        int dataOffset = out.size();
        out.u32(0);
        if (plainKeys) {
            out.u32(samples.get(0).key() ? KEY : NOT_KEY);
        }
        sampleTable(out, samples, endTicks, fields);
        out.close(trun);
        out.close(traf);
        out.close(moof);
        out.setU32(dataOffset, out.size() - moof + 8);
        out.u32(payload + 8L).ascii("mdat");
        return out.toBytes();
    }

    private static void sampleTable(BoxWriter out, List<Sample> samples, long endTicks, int fields) {
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.get(i);
            if ((fields & DURATIONS) != 0) {
                out.u32(durationOf(samples, i, endTicks));
            }
            out.u32(sample.length());
            if ((fields & FLAGS) != 0) {
                out.u32(sample.key() ? KEY : NOT_KEY);
            }
            if ((fields & COMPOSITION_OFFSETS) != 0) {
                out.u32(sample.compositionOffsetTicks());
            }
        }
    }

    private static long durationOf(List<Sample> samples, int i, long endTicks) {
        long next = i + 1 < samples.size() ? samples.get(i + 1).dtsTicks() : endTicks;
        long duration = next - samples.get(i).dtsTicks();
        if (duration < 0 || duration > 0xffffffffL) {
            throw new IllegalArgumentException(
                    "sample " + i + " at " + samples.get(i).dtsTicks() + " ticks, the next at " + next);
        }
        return duration;
    }

    /** The duration that all samples have, or -1. */
    private static long commonDuration(List<Sample> samples, long endTicks) {
        long first = durationOf(samples, 0, endTicks);
        for (int i = 1; i < samples.size(); i++) {
            if (durationOf(samples, i, endTicks) != first) {
                return -1;
            }
        }
        return first;
    }

    /** Whether no sample but possibly the first is a key frame. */
    private static boolean keyOnlyFirst(List<Sample> samples) {
        return samples.stream().skip(1).noneMatch(Sample::key)
                && (samples.size() > 1 || !samples.get(0).key());
    }
}
