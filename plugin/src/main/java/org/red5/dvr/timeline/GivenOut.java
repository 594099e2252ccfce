package org.red5.dvr.timeline;

import org.jspecify.annotations.Nullable;

/** Which take's segment was given out for a number before: what a viewer was told does not change while it can be had. */
public interface GivenOut {
    /** Nothing was given out. */
    GivenOut NOTHING = number -> null;

    /** The take of which the segment of that number was; null when none was given out, or that is not known any more. */
    @Nullable
    TakeId take(long number);
}
