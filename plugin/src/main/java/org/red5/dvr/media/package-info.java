/** Samples and codec configurations as values; no I/O. */
@NullMarked
package org.red5.dvr.media;

import org.jspecify.annotations.NullMarked;
