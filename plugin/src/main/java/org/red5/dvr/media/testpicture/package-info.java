/** A built-in live picture of the time of day in H.264, with silent AAC, made without an encoder; no I/O, no threads. */
@NullMarked
package org.red5.dvr.media.testpicture;

import org.jspecify.annotations.NullMarked;
