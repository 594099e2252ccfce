/** The benchmarks: what recording, playlists and serving cost, side by side with what they are compared to. */
@NullMarked
package org.red5.dvr.testbed.bench;

import org.jspecify.annotations.NullMarked;
