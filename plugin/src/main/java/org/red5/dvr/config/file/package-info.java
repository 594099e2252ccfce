/** Reads {@code cluster-dvr.conf} into what is configured, and follows it when it changes. */
@NullMarked
package org.red5.dvr.config.file;

import org.jspecify.annotations.NullMarked;
