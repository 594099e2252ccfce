/** The segment cache: segments that were asked for, kept on a fast disk in front of slower ones and of other servers. */
@NullMarked
package org.red5.dvr.cache;

import org.jspecify.annotations.NullMarked;
