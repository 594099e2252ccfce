/** Fragmented MP4 (ISO/IEC 14496-12): init segments and movie fragments, bytes to values and back. */
@NullMarked
package org.red5.dvr.media.fmp4;

import org.jspecify.annotations.NullMarked;
