package org.red5.dvr.cluster.known;

/**
 * How new what a peer has must be.
 *
 * @param untilMicros end of the window that is asked for
 * @param newest whether all of it is wanted that is there by now; otherwise what was heard before will do
 * @param follow whether more will be asked for as it comes
 */
public record QueryOptions(long untilMicros, boolean newest, boolean follow) {}
