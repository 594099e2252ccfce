/** The one port to whoever holds takes, what goes through it, and what viewers are answered from it. */
@NullMarked
package org.red5.dvr.store;

import org.jspecify.annotations.NullMarked;
