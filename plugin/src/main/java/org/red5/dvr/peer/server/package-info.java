/** Answers the other servers of a cluster. */
@NullMarked
package org.red5.dvr.peer.server;

import org.jspecify.annotations.NullMarked;
