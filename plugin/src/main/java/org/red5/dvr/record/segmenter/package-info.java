/** Where a segment is cut, and what it holds: samples of two tracks to the contents of segments. */
@NullMarked
package org.red5.dvr.record.segmenter;

import org.jspecify.annotations.NullMarked;
