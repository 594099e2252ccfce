/** What a viewer asks for: windows of time, and the timeline that answers each. */
@NullMarked
package org.red5.dvr.playback;

import org.jspecify.annotations.NullMarked;
