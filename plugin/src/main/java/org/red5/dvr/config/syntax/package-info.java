/** The syntax of {@code cluster-dvr.conf}: words and blocks, each with its place, and mistakes by file, line and column. */
@NullMarked
package org.red5.dvr.config.syntax;

import org.jspecify.annotations.NullMarked;
