package org.red5.dvr.archive.recovery;

import java.util.Optional;
import org.red5.dvr.archive.index.HourIndex;

/**
 * A take in an hour as it can be used.
 *
 * @param isSettled whether the files say the same now; otherwise only the memory does
 * @param missing what is not there and may come yet, in words: then nothing was changed for it
 */
public record OpenedHour(HourIndex index, boolean isSettled, Optional<String> missing) {}
