package org.red5.dvr.testbed.audience;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Viewers of the archives of live streams, which go on meanwhile. Streams are popular by Zipf's law. Nine of ten viewers begin some hours behind the live
 * edge, two at the mean and never more than a day; the tenth begins anywhere in the day before that. Each watches on, segment by segment as time
 * passes, for an hour at the mean. Every twenty minutes or so he jumps: two times of three some minutes back or on, otherwise to where one who
 * comes might begin.
 *
 * @param streams how many there are
 * @param archiveHours how far back each goes, always; at least 24
 * @param hours how long the viewers are watched
 * @param segmentsPerHour 900 with segments of 4 s
 * @param viewers how many there are at a time, at the mean
 */
public record TimeShiftAudience(int streams, int archiveHours, int hours, int segmentsPerHour, int viewers) {
    private static final double RECENT_SHARE = 0.9;
    private static final double RECENT_MEAN_HOURS = 2;
    private static final double RECENT_MOST_HOURS = 24;
    private static final double SESSION_MEAN_HOURS = 1;
    private static final double JUMPS_PER_HOUR = 3;
    private static final double LONG_JUMP_SHARE = 1.0 / 3;
    private static final double SHORT_JUMP_MOST_HOURS = 1.0 / 6;
    private static final int EXPORTED_STREAMS = 2;
    private static final int EXPORT_SPEED = 20;

    public TimeShiftAudience {
        if (streams < 2 || archiveHours < RECENT_MOST_HOURS || hours < 1 || segmentsPerHour < 1 || viewers < 1) {
            throw new IllegalArgumentException("no such audience: " + streams + " streams, " + archiveHours
                    + " h back, " + hours + " h, " + segmentsPerHour + " segments an hour, " + viewers + " viewers");
        }
        if ((long) streams * (archiveHours + hours) * segmentsPerHour > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("more segments than an int can tell from each other");
        }
    }

    /** So that the exponent of Zipf's law is 1. */
    private double popularity(int stream) {
        return 1.0 / (stream + 1);
    }

    /** How many segments there are at a time, in all archives together. */
    public int archiveSegments() {
        return streams * archiveHours * segmentsPerHour;
    }

    /** How long the viewers are watched. */
    public int periods() {
        return hours * segmentsPerHour;
    }

    /** How many segments of a stream there are from the beginning of its archive to the end of all. */
    private int segmentsPerStream() {
        return (archiveHours + hours) * segmentsPerHour;
    }

    /** What they ask for; always the same with the same seed. */
    public Requests requests(long seed) {
        return new Crowd(new Random(seed)).requests();
    }

    /** What an export of two streams' whole archives asks for, one segment after the other, twenty times as fast as they are watched. */
    public Requests export(int fromPeriod) {
        Requests requests = new Requests();
        for (int i = 0; i < archiveHours * segmentsPerHour; i++) {
            for (int stream = 0; stream < EXPORTED_STREAMS; stream++) {
                int segment = streams / EXPORTED_STREAMS * stream * segmentsPerStream() + fromPeriod + i;
                requests.add(fromPeriod + i / EXPORT_SPEED, segment);
            }
        }
        return requests;
    }

    private static final class Viewer {
        private final int stream;
        private int number;

        Viewer(int stream, int number) {
            this.stream = stream;
            this.number = number;
        }
    }

    private final class Crowd {
        private final Random random;
        private final double[] popularityUpTo = new double[streams];
        private List<Viewer> watching = new ArrayList<>();
        private int period;

        Crowd(Random random) {
            this.random = random;
            double sum = 0;
            for (int stream = 0; stream < streams; stream++) {
                sum += popularity(stream);
                popularityUpTo[stream] = sum;
            }
        }

        Requests requests() {
            Requests requests = new Requests();
            for (int i = 0; i < viewers; i++) {
                watching.add(comes());
            }
            double perComer = SESSION_MEAN_HOURS * segmentsPerHour / viewers;
            double nextComer = exponential(perComer);
            for (period = 0; period < periods(); period++) {
                for (; nextComer <= period; nextComer += exponential(perComer)) {
                    watching.add(comes());
                }
                List<Viewer> staying = new ArrayList<>(watching.size());
                for (Viewer viewer : watching) {
                    requests.add(period, viewer.stream * segmentsPerStream() + viewer.number);
                    if (!happens(1 / SESSION_MEAN_HOURS)) {
                        goesOn(viewer);
                        staying.add(viewer);
                    }
                }
                watching = staying;
            }
            return requests;
        }

        private Viewer comes() {
            double popularity = random.nextDouble() * popularityUpTo[streams - 1];
            int at = Arrays.binarySearch(popularityUpTo, popularity);
            return new Viewer(at < 0 ? -1 - at : at, begins());
        }

        private int newest() {
            return archiveHours * segmentsPerHour + period - 1;
        }

        /** Where in a stream one begins. */
        private int begins() {
            double hoursAgo;
            if (random.nextDouble() < RECENT_SHARE) {
                do {
                    hoursAgo = exponential(RECENT_MEAN_HOURS);
                } while (hoursAgo >= RECENT_MOST_HOURS);
            } else {
                hoursAgo = RECENT_MOST_HOURS + random.nextDouble() * (archiveHours - RECENT_MOST_HOURS);
            }
            return newest() - (int) (hoursAgo * segmentsPerHour);
        }

        /** To what is asked for in the next period. */
        private void goesOn(Viewer viewer) {
            viewer.number++;
            if (happens(JUMPS_PER_HOUR)) {
                double hoursOn = (2 * random.nextDouble() - 1) * SHORT_JUMP_MOST_HOURS;
                boolean isLong = random.nextDouble() < LONG_JUMP_SHARE;
                viewer.number = isLong ? begins() : viewer.number + (int) (hoursOn * segmentsPerHour);
            }
            viewer.number = Math.max(period + 1, Math.min(viewer.number, newest() + 1));
        }

        /** Whether something that happens so often happens in this period. */
        private boolean happens(double timesPerHour) {
            return random.nextDouble() < timesPerHour / segmentsPerHour;
        }

        private double exponential(double mean) {
            return -Math.log(1 - random.nextDouble()) * mean;
        }
    }
}
