/** Bytes that are sent to whoever asks: in memory, a region of a file, several of these, or still arriving. */
@NullMarked
package org.red5.dvr.bytes;

import org.jspecify.annotations.NullMarked;
