package org.red5.dvr.timeline;

/**
 * A track that a publisher sends and that is not recorded.
 *
 * @param track {@code video} or {@code audio}
 * @param why a codec's name, or what is missing or wrong
 */
public record UnrecordedTrack(String track, String why) {}
