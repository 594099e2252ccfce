/** Takes a published stream in and cuts it into the segments of the archive. */
@NullMarked
package org.red5.dvr.record;

import org.jspecify.annotations.NullMarked;
