/** What an operator sees: counters and gauges as Prometheus text and as JMX beans, and whether the server is healthy. */
@NullMarked
package org.red5.dvr.metrics;

import org.jspecify.annotations.NullMarked;
