/** Reads {@code cluster-dvr.conf} into immutable values, with mistakes reported by file, line and column. */
@NullMarked
package org.red5.dvr.config;

import org.jspecify.annotations.NullMarked;
