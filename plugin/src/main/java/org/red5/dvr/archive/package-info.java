/** The archive on disk: hour files, their indexes, and where they lie. */
@NullMarked
package org.red5.dvr.archive;

import org.jspecify.annotations.NullMarked;
