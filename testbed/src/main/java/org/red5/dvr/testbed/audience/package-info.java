/** A made-up audience of time-shift viewers, and caches that it is replayed to: what segment caches are chosen by. */
@NullMarked
package org.red5.dvr.testbed.audience;

import org.jspecify.annotations.NullMarked;
