package org.red5.dvr.timeline;

/**
 * The end of a take and what ended it; every hole in a recording begins with one.
 *
 * @param take the take that ended
 * @param utcMicros end of its last segment
 * @param reason why nothing of this take follows
 */
public record TakeEnd(TakeId take, long utcMicros, GapReason reason) {}
