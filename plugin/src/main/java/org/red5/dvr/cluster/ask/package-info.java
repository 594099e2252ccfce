/** Which peers are asked a question, for how long, and what becomes of several answers. */
@NullMarked
package org.red5.dvr.cluster.ask;

import org.jspecify.annotations.NullMarked;
