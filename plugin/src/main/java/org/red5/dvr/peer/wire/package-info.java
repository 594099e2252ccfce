/** The bytes of the peer interface, and the signatures of its requests: {@code docs/peer-interface.md}. */
@NullMarked
package org.red5.dvr.peer.wire;

import org.jspecify.annotations.NullMarked;
