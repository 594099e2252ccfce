/** What has no word of streaming in it: threads, calls that are shared, maps with a bound, checksums, JSON as bytes. */
@NullMarked
package org.red5.dvr.util;

import org.jspecify.annotations.NullMarked;
