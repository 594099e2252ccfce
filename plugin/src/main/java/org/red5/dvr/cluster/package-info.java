/** The answers of all servers of the cluster as one: for viewers, and for peers that ask on. */
@NullMarked
package org.red5.dvr.cluster;

import org.jspecify.annotations.NullMarked;
