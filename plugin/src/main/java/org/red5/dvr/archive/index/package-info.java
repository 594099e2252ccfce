/** What an hour of a take is, whoever has it: its index, the bytes of that, and what of it is there. Nothing here reads or writes a file. */
@NullMarked
package org.red5.dvr.archive.index;

import org.jspecify.annotations.NullMarked;
