/** What is kept and what goes: limits by age, bytes and share of the disk, locked ranges, deletions. */
@NullMarked
package org.red5.dvr.archive.retention;

import org.jspecify.annotations.NullMarked;
