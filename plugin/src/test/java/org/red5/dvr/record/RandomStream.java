package org.red5.dvr.record;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.timeline.SegmentGrid;

/** A stream made up by chance: how often frames and key frames come, B-frames, audio early or late, and what stalls. */
public final class RandomStream {
    private static final long START_MICROS = 1_795_353_300_000_000L;
    private static final int[] RATES = {22_050, 44_100, 48_000};
    private static final int[] PERIODS = {1_000, 2_000, 4_000, 10_000};
    private static final double[] FRAME_RATES = {3, 10, 15, 25, 29.97, 30, 50, 60};

    /** A sample on its way, in order of arrival. */
    public record Arrival(boolean video, Sample sample, long endTicks) {}

    private record Timed(long arrivalMicros, Arrival arrival) {}

    public final SegmentGrid grid;
    public final int audioRate;
    public final boolean hasVideo;
    public final boolean hasAudio;
    /** How much later than video of the same time audio arrives; below 0 it comes earlier. */
    final long audioLagMicros;

    public final List<Arrival> arrivals;
    private final Random random;
    private final long durationMicros;

    /** @param mostLagMicros audio lags behind video by at most this */
    public RandomStream(long seed, long mostLagMicros) {
        random = new Random(seed);
        grid = new SegmentGrid(PERIODS[random.nextInt(PERIODS.length)]);
        audioRate = RATES[random.nextInt(RATES.length)];
        hasVideo = random.nextInt(6) != 0;
        hasAudio = !hasVideo || random.nextInt(6) != 0;
        audioLagMicros = random.nextInt(3) == 0 ? 0 : random.nextLong(mostLagMicros + 500_000) - 500_000;
        durationMicros = (2 + random.nextInt(8)) * grid.periodMicros() + random.nextInt(3_000_000);
        List<Timed> timed = new ArrayList<>();
        long start = START_MICROS + random.nextLong(grid.periodMicros());
        if (hasVideo) {
            addVideo(timed, start);
        }
        if (hasAudio) {
            addAudio(timed, start + (hasVideo && random.nextInt(3) == 0 ? random.nextLong(durationMicros) : 0));
        }
        timed.sort(Comparator.comparingLong(Timed::arrivalMicros));
        int first = 0;
        while (hasVideo && !timed.get(first).arrival().video()) {
            first++;
        }
        arrivals =
                timed.subList(first, timed.size()).stream().map(Timed::arrival).toList();
    }

    private void addVideo(List<Timed> out, long start) {
        double frameMicros = 1e6 / FRAME_RATES[random.nextInt(FRAME_RATES.length)];
        int gop = 1 + random.nextInt((int) Math.max(2, 11e6 / frameMicros));
        int bFrames = random.nextInt(4);
        long freezeFrom = random.nextInt(3) == 0 ? random.nextLong(durationMicros) : Long.MAX_VALUE;
        long freezeTo = freezeFrom + random.nextLong(3 * grid.periodMicros());
        boolean skipToKey = false;
        for (int i = 0; i * frameMicros < durationMicros; i++) {
            long since = Math.round(i * frameMicros / 1_000) * 1_000;
            boolean key = i % gop == 0;
            boolean frozen = i > 0 && since >= freezeFrom && since < freezeTo;
            skipToKey = frozen || (skipToKey && !key && gop % 2 == 0);
            if (!frozen && !skipToKey) {
                long dts = Ticks.ofMicros(start + since, VideoConfig.TIMESCALE);
                int offset = (int) Math.round(offsetFrames(i % gop, gop, bFrames) * frameMicros * 0.09);
                Sample sample = new Sample(dts, offset, key, new byte[1], 0, 1);
                out.add(new Timed(start + since, new Arrival(true, sample, 0)));
            }
        }
    }

    /** Frames by which a frame is shown after it is decoded: in decoding order I P B B P B B …, closed at each I. */
    private static int offsetFrames(int inGop, int gop, int bFrames) {
        if (bFrames == 0 || inGop == 0) {
            return bFrames == 0 ? 0 : 1;
        }
        int inGroup = (inGop - 1) % (bFrames + 1);
        int groupStart = inGop - inGroup;
        int groupLength = Math.min(bFrames, gop - 1 - groupStart);
        return inGroup == 0 ? 1 + groupLength : 0;
    }

    private void addAudio(List<Timed> out, long start) {
        long first = Ticks.ofMicros(start, audioRate);
        long stallFrom = random.nextInt(4) == 0 ? random.nextLong(durationMicros) : Long.MAX_VALUE;
        long stallTo = stallFrom + random.nextLong(3 * grid.periodMicros());
        for (long i = 0; i * 1_024 * 1_000_000 / audioRate < durationMicros; i++) {
            long dts = first + i * 1_024;
            long micros = Ticks.toMicros(dts, audioRate);
            if (i == 0 || micros - start < stallFrom || micros - start >= stallTo) {
                Sample sample = new Sample(dts, 0, true, new byte[1], 0, 1);
                out.add(new Timed(micros + audioLagMicros, new Arrival(false, sample, dts + 1_024)));
            }
        }
    }

    @Override
    public String toString() {
        return grid + (hasVideo ? " video" : "") + (hasAudio ? " audio at " + audioRate + " Hz" : "") + ", audio "
                + audioLagMicros + " us late, " + arrivals.size() + " samples";
    }
}
