/** Peers: what each of them holds, which of them is asked, and all their answers as one. */
@NullMarked
package org.red5.dvr.cluster;

import org.jspecify.annotations.NullMarked;
