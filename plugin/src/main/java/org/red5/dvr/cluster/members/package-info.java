/** Which servers there are: how each of them is, what its heartbeat says, and which source of a stream is in use. */
@NullMarked
package org.red5.dvr.cluster.members;

import org.jspecify.annotations.NullMarked;
