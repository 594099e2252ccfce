/** What is configured, as immutable values: streams, sources, limits. */
@NullMarked
package org.red5.dvr.config;

import org.jspecify.annotations.NullMarked;
