/** What peers have said they hold, kept as long as it is true. */
@NullMarked
package org.red5.dvr.cluster.known;

import org.jspecify.annotations.NullMarked;
