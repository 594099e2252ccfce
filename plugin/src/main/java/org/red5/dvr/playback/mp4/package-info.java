/** Timelines as files to keep: plain MP4 and fragmented MP4 (ISO/IEC 14496-12). */
@NullMarked
package org.red5.dvr.playback.mp4;

import org.jspecify.annotations.NullMarked;
