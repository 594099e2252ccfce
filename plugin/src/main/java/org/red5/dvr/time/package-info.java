/** Clocks, hours since the Unix epoch, and what is done later. */
@NullMarked
package org.red5.dvr.time;

import org.jspecify.annotations.NullMarked;
