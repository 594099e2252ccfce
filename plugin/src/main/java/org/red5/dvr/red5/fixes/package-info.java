/** Defects of Red5 that the plugin mends while it runs, each found out by what the running Red5 does. */
@NullMarked
package org.red5.dvr.red5.fixes;

import org.jspecify.annotations.NullMarked;
