package org.red5.dvr.testbed.bench;

import java.util.List;
import org.red5.dvr.testbed.audience.Belady;
import org.red5.dvr.testbed.audience.HourCache;
import org.red5.dvr.testbed.audience.Replay;
import org.red5.dvr.testbed.audience.Requests;
import org.red5.dvr.testbed.audience.SegmentLru;
import org.red5.dvr.testbed.audience.SegmentS3Fifo;
import org.red5.dvr.testbed.audience.TimeShiftAudience;

/** How many requests of a made-up audience of time-shift viewers a segment cache answers, by what it evicts. Nothing is served, and time is made up. */
final class AudienceBenchmark implements Benchmark {
    private static final int STREAMS = 20;
    private static final int ARCHIVE_HOURS = 48;
    private static final List<Integer> SIZES_PERCENT = List.of(2, 5, 10);
    /** The size at which the goal against Belady's holds. */
    private static final int LARGE_PERCENT = 10;

    private final Figures figures = new Figures("audience");

    @Override
    public List<String> options() {
        return List.of("--viewers", "--hours", "--segments-per-hour", "--rounds");
    }

    @Override
    public Figures run(Options options) throws BenchException {
        int rounds = options.number("--rounds", 3, 1);
        int perHour = options.number("--segments-per-hour", 900, 10);
        TimeShiftAudience audience = new TimeShiftAudience(
                STREAMS, ARCHIVE_HOURS, options.number("--hours", 24, 4), perHour, options.number("--viewers", 300, 1));
        for (int seed = 1; seed <= rounds; seed++) {
            Requests requests = audience.requests(seed);
            SIZES_PERCENT.forEach(percent -> replay(audience, requests, percent));
        }
        for (int percent : SIZES_PERCENT) {
            figures.goal(percent + " %, plugin / segments, S3-FIFO", Goal.atLeast(1));
            figures.goal(percent + " %, lost to an export not admitted", Goal.atMost(1));
        }
        figures.goal(LARGE_PERCENT + " %, plugin / Belady", Goal.atLeast(0.9));
        figures.note("Caches of so much of the " + audience.archiveSegments()
                + " segments that there are at a time; each round is another audience.");
        return figures;
    }

    private void replay(TimeShiftAudience audience, Requests requests, int percent) {
        Replay replay = new Replay(requests, audience.periods());
        Requests export = audience.export(audience.periods() / 2);
        int most = Math.toIntExact((long) audience.archiveSegments() * percent / 100);
        int perHour = audience.segmentsPerHour();
        String size = percent + " %, ";
        double s3Fifo = replay.hits(new SegmentS3Fifo(most));
        double plugin = replay.hits(HourCache.ofThePlugin(most, perHour));
        double best = replay.hits(new Belady(most, requests));
        hits(size + "segments, LRU", replay.hits(new SegmentLru(most)));
        hits(size + "segments, S3-FIFO", s3Fifo);
        hits(size + "hour files, LRU", replay.hits(HourCache.leastRecentlyUsed(most, perHour)));
        hits(size + "hour files, plugin", plugin);
        hits(size + "segments, Belady", best);
        figures.add(size + "plugin / segments, S3-FIFO", "", plugin / s3Fifo);
        figures.add(size + "plugin / Belady", "", plugin / best);
        lost(
                size + "lost to an export not admitted",
                plugin - replay.hitsBesideNotAdmitted(export, HourCache.ofThePlugin(most, perHour)));
        lost(
                size + "lost to an export admitted",
                plugin - replay.hitsBesideAdmitted(export, HourCache.ofThePlugin(most, perHour)));
        lost(
                size + "lost to it by segments, S3-FIFO",
                s3Fifo - replay.hitsBesideAdmitted(export, new SegmentS3Fifo(most)));
    }

    private void hits(String figure, double percent) {
        figures.add(figure, "% of requests", percent);
    }

    private void lost(String figure, double points) {
        figures.add(figure, "points", points);
    }
}
