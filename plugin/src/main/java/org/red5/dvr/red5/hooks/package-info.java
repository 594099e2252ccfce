/** Where Red5 comes in: what it calls when a stream is published or played. */
@NullMarked
package org.red5.dvr.red5.hooks;

import org.jspecify.annotations.NullMarked;
