/** What servers of a cluster ask each other: questions, answers and which server is which; without a byte of how they are sent. */
@NullMarked
package org.red5.dvr.peer;

import org.jspecify.annotations.NullMarked;
