/** Puts right what a crash or a bad disk left of an hour. */
@NullMarked
package org.red5.dvr.archive.recovery;

import org.jspecify.annotations.NullMarked;
