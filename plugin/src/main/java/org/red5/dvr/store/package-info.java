/** The one port to whoever holds takes, and what goes through it: lists of hours, indexes, media, news. */
@NullMarked
package org.red5.dvr.store;

import org.jspecify.annotations.NullMarked;
