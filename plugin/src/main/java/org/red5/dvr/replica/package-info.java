/** Replicas: the archives of other servers, copied into this server's own, and what is missing fetched from whoever has it. */
@NullMarked
package org.red5.dvr.replica;

import org.jspecify.annotations.NullMarked;
