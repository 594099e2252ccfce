package org.red5.dvr.playback.mp4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A plain MP4 read back as ISO/IEC 14496-12 says, sample by sample, by code that shares nothing with what wrote it.
 *
 * @param boxes the types of its boxes, in order
 * @param tracks by their ids
 */
record Mp4File(List<String> boxes, Map<Integer, Track> tracks) {
    /** One sample, its times in ticks of the track. */
    @SuppressWarnings("ArrayRecordComponent")
    record Sample(long dtsTicks, int offsetTicks, boolean key, int configuration, byte[] data) {}

    /**
     * One track.
     *
     * @param emptyMicros how long nothing of it is shown at first
     * @param mediaTicks where its one edit begins
     * @param shownMicros how long that is
     */
    record Track(
            int timescale,
            int configurations,
            long emptyMicros,
            long mediaTicks,
            long shownMicros,
            long durationTicks,
            List<Sample> samples) {
        /** When a sample is shown, since the beginning of the movie; below 0 before it. */
        long shownAtMicros(Sample sample) {
            long ticks = sample.dtsTicks() + sample.offsetTicks() - mediaTicks;
            return emptyMicros + Math.round(ticks * 1e6 / timescale);
        }
    }

    static Mp4File parse(byte[] bytes) {
        List<String> types = new ArrayList<>();
        Map<Integer, Track> tracks = new LinkedHashMap<>();
        for (Box box : boxes(ByteBuffer.wrap(bytes))) {
            types.add(box.type());
            if (box.type().equals("moov")) {
                List<Box> inside = boxes(box.content());
                int movieScale = find(inside, "mvhd").getInt(20);
                inside.stream()
                        .filter(each -> each.type().equals("trak"))
                        .forEach(trak -> track(boxes(trak.content()), movieScale, bytes, tracks));
            }
        }
        return new Mp4File(types, tracks);
    }

    private record Box(String type, ByteBuffer content) {}

    private static List<Box> boxes(ByteBuffer in) {
        List<Box> boxes = new ArrayList<>();
        while (in.hasRemaining()) {
            int start = in.position();
            long size = in.getInt() & 0xffffffffL;
            byte[] type = new byte[4];
            in.get(type);
            if (size == 1) {
                size = in.getLong();
            }
            int end = Math.toIntExact(start + size);
            boxes.add(new Box(
                    new String(type, StandardCharsets.ISO_8859_1), in.slice(in.position(), end - in.position())));
            in.position(end);
        }
        return boxes;
    }

    private static ByteBuffer find(List<Box> boxes, String type) {
        List<Box> found = boxes.stream().filter(box -> box.type().equals(type)).toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " boxes " + type);
        }
        return found.get(0).content().duplicate();
    }

    private static void track(List<Box> trak, int movieScale, byte[] file, Map<Integer, Track> tracks) {
        int id = find(trak, "tkhd").getInt(20);
        List<Box> mdia = boxes(find(trak, "mdia"));
        ByteBuffer mdhd = find(mdia, "mdhd");
        int timescale = mdhd.getInt(20);
        long durationTicks = mdhd.getLong(24);
        List<Box> stbl = boxes(find(boxes(find(mdia, "minf")), "stbl"));
        List<Sample> samples = samples(stbl, file);
        ByteBuffer elst = find(boxes(find(trak, "edts")), "elst").position(4);
        int edits = elst.getInt();
        long empty = 0;
        for (int i = 0; i < edits; i++) {
            long shown = elst.getLong() * 1_000_000 / movieScale;
            long media = elst.getLong();
            elst.getInt();
            if (i == edits - 1) {
                tracks.put(
                        id,
                        new Track(
                                timescale, find(stbl, "stsd").getInt(4), empty, media, shown, durationTicks, samples));
            } else if (media == -1) {
                empty += shown;
            } else {
                throw new AssertionError("more than one edit of media");
            }
        }
    }

    private static List<Sample> samples(List<Box> stbl, byte[] file) {
        ByteBuffer stsz = find(stbl, "stsz").position(8);
        int count = stsz.getInt();
        long[] durations = new long[count];
        int at = 0;
        ByteBuffer stts = find(stbl, "stts").position(8);
        while (stts.hasRemaining()) {
            int run = stts.getInt();
            Arrays.fill(durations, at, at + run, stts.getInt() & 0xffffffffL);
            at += run;
        }
        requireEqual(count, at, "stts");
        int[] offsets = new int[count];
        if (stbl.stream().anyMatch(box -> box.type().equals("ctts"))) {
            at = 0;
            ByteBuffer ctts = find(stbl, "ctts").position(8);
            while (ctts.hasRemaining()) {
                int run = ctts.getInt();
                Arrays.fill(offsets, at, at + run, ctts.getInt());
                at += run;
            }
            requireEqual(count, at, "ctts");
        }
        boolean hasKeys = stbl.stream().anyMatch(box -> box.type().equals("stss"));
        Set<Integer> keys = new HashSet<>();
        if (hasKeys) {
            ByteBuffer stss = find(stbl, "stss").position(8);
            while (stss.hasRemaining()) {
                keys.add(stss.getInt());
            }
        }
        return samples(stbl, file, stsz, durations, offsets, hasKeys ? keys : null);
    }

    private static List<Sample> samples(
            List<Box> stbl,
            byte[] file,
            ByteBuffer sizes,
            long[] durations,
            int[] offsets,
            @Nullable Set<Integer> keys) {
        List<Sample> samples = new ArrayList<>();
        ByteBuffer stsc = find(stbl, "stsc").position(8);
        ByteBuffer co64 = find(stbl, "co64").position(8);
        long dts = 0;
        for (int chunk = 1; co64.hasRemaining(); chunk++) {
            requireEqual(chunk, stsc.getInt(), "stsc");
            int inChunk = stsc.getInt();
            int configuration = stsc.getInt();
            int from = Math.toIntExact(co64.getLong());
            for (int i = 0; i < inChunk; i++) {
                int n = samples.size();
                int size = sizes.getInt();
                samples.add(new Sample(
                        dts,
                        offsets[n],
                        keys == null || keys.contains(n + 1),
                        configuration,
                        Arrays.copyOfRange(file, from, from + size)));
                from += size;
                dts += durations[n];
            }
        }
        requireEqual(durations.length, samples.size(), "chunks");
        return samples;
    }

    private static void requireEqual(long expected, long actual, String what) {
        if (expected != actual) {
            throw new AssertionError(what + " has " + actual + " instead of " + expected);
        }
    }
}
