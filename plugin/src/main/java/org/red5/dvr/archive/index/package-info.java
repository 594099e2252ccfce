/** What an hour of a take is: the bytes of its index. Nothing here reads or writes a file. */
@NullMarked
package org.red5.dvr.archive.index;

import org.jspecify.annotations.NullMarked;
