/** The archive of this server as a store of takes: what it has, and what is new in it, for whoever asks. */
@NullMarked
package org.red5.dvr.archive.store;

import org.jspecify.annotations.NullMarked;
