/** Takes a published stream in: its clock, its takes, and the segments of these for the archive. */
@NullMarked
package org.red5.dvr.record;

import org.jspecify.annotations.NullMarked;
