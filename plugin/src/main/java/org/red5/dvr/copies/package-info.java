/** Hours that others recorded, put into an archive of this server: what the segment cache and replicas share. */
@NullMarked
package org.red5.dvr.copies;

import org.jspecify.annotations.NullMarked;
