/** Timelines as HTTP Live Streaming playlists (RFC 8216 and draft-pantos-hls-rfc8216bis). */
@NullMarked
package org.red5.dvr.playback.hls;

import org.jspecify.annotations.NullMarked;
