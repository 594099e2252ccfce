/** Streams as they come in: the packets of each, for those who join at any time. */
@NullMarked
package org.red5.dvr.live;

import org.jspecify.annotations.NullMarked;
