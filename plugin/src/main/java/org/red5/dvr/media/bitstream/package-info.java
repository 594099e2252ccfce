/** The bit streams of codecs: parameter sets, NAL units, OBUs, frame headers; their bytes as the standards have them, no I/O. */
@NullMarked
package org.red5.dvr.media.bitstream;

import org.jspecify.annotations.NullMarked;
