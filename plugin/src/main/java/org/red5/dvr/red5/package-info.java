/** Ties the plugin to Red5; the only package that imports Red5, MINA and Spring, and the one that puts all others together. */
@NullMarked
package org.red5.dvr.red5;

import org.jspecify.annotations.NullMarked;
