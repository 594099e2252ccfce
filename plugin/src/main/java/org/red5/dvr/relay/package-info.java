/** Live streams of other servers, pulled on demand. */
@NullMarked
package org.red5.dvr.relay;

import org.jspecify.annotations.NullMarked;
