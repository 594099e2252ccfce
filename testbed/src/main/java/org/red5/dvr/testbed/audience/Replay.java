package org.red5.dvr.testbed.audience;

/** Viewers' requests, replayed to a cache, with an export that runs through or without one. The first quarter fills the cache and is not counted. */
public final class Replay {
    /** What an export does with a cache. */
    @FunctionalInterface
    private interface Exporting {
        void read(int segment, int period);
    }

    private final Requests viewers;
    private final int firstCounted;

    /**
     * @param periods how long they last
     */
    public Replay(Requests viewers, int periods) {
        this.viewers = viewers;
        this.firstCounted = periods / 4;
    }

    /** How many of a hundred requests of viewers are hits. */
    public double hits(ReplayedCache cache) {
        return hits(cache, new Requests(), (segment, period) -> {});
    }

    /** The same with an export whose segments the cache takes in like any others. */
    public double hitsBesideAdmitted(Requests export, ReplayedCache cache) {
        return hits(cache, export, cache::request);
    }

    /** The same with an export that the cache knows to be one. */
    public double hitsBesideNotAdmitted(Requests export, HourCache cache) {
        return hits(cache, export, cache::export);
    }

    private double hits(ReplayedCache cache, Requests export, Exporting exporting) {
        long counted = 0;
        long hits = 0;
        int exported = 0;
        for (int i = 0; i < viewers.size(); i++) {
            int period = viewers.period(i);
            for (; exported < export.size() && export.period(exported) < period; exported++) {
                exporting.read(export.segment(exported), export.period(exported));
            }
            boolean isHit = cache.request(viewers.segment(i), period);
            if (period >= firstCounted) {
                counted++;
                hits += isHit ? 1 : 0;
            }
        }
        return 100.0 * hits / counted;
    }
}
