/** The thin layer between the servlet container and the HTTP interface. */
@NullMarked
package org.red5.dvr.webapp;

import org.jspecify.annotations.NullMarked;
