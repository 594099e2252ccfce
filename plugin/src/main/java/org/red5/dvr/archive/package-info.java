/** The archive of this server: records into hours, fills them with what comes from elsewhere, and reads them. */
@NullMarked
package org.red5.dvr.archive;

import org.jspecify.annotations.NullMarked;
