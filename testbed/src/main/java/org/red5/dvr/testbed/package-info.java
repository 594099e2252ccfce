/** Assembles and runs real Red5 servers, publishes to them, and makes the pictures that tests and the demo look at. */
@NullMarked
package org.red5.dvr.testbed;

import org.jspecify.annotations.NullMarked;
