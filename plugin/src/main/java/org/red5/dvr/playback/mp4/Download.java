package org.red5.dvr.playback.mp4;

import java.util.List;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.timeline.Timeline;

/**
 * A file to keep.
 *
 * @param bytes all of it, found while it is sent
 * @param digest names the bytes: the same on every server that has the same takes
 * @param startMicros when it begins, since the Unix epoch
 * @param holes of the window, which are cut out
 * @param isOver whether its window has passed for good, so that it stays as it is
 */
public record Download(MediaBytes bytes, String digest, long startMicros, List<Timeline.Gap> holes, boolean isOver) {}
