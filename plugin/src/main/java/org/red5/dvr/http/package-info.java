/** HTTP without a servlet in sight: requests and replies, ranges, conditions, encodings, passwords, other sites. Nothing in it knows a stream. */
@NullMarked
package org.red5.dvr.http;

import org.jspecify.annotations.NullMarked;
