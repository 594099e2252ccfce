/** The HTTP interface without a servlet in sight: routing, names in addresses, ranges, conditions, errors. */
@NullMarked
package org.red5.dvr.http;

import org.jspecify.annotations.NullMarked;
