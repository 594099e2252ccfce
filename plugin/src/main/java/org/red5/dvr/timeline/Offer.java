package org.red5.dvr.timeline;

/**
 * What one server holds.
 *
 * @param server the node that holds it
 * @param holdings of a stream in a window
 */
public record Offer(String server, Holdings holdings) {}
