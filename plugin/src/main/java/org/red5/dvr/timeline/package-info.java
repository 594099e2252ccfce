/** Time, segments and where they come from; a window of time as one merged answer. */
@NullMarked
package org.red5.dvr.timeline;

import org.jspecify.annotations.NullMarked;
