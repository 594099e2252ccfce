/** What lies on the disk and where: names of files, how they are made, read and replaced, the roots they lie below. */
@NullMarked
package org.red5.dvr.archive.files;

import org.jspecify.annotations.NullMarked;
