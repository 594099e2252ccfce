package org.red5.dvr.testbed.bench;

/**
 * What a figure is to reach.
 *
 * @param limit the bound
 * @param isUpper whether the figure may not be above it; otherwise not below
 */
record Goal(double limit, boolean isUpper) {
    /** A shared machine makes figures that much worse without anything being wrong. */
    private static final double TOLERANCE = 0.25;

    static Goal atMost(double limit) {
        return new Goal(limit, true);
    }

    static Goal atLeast(double limit) {
        return new Goal(limit, false);
    }

    boolean isMet(double value) {
        return isUpper ? value <= limit : value >= limit;
    }

    /** Whether it is missed by more than a shared machine explains. */
    boolean isFailed(double value) {
        return isUpper ? value > limit * (1 + TOLERANCE) : value < limit * (1 - TOLERANCE);
    }

    @Override
    public String toString() {
        return (isUpper ? "<= " : ">= ") + limit;
    }
}
