/** Asks one peer: the transport over HTTP, and a peer's answers as this server's own. */
@NullMarked
package org.red5.dvr.peer.client;

import org.jspecify.annotations.NullMarked;
