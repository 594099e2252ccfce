/** What viewers and operators ask for, rendered to replies. */
@NullMarked
package org.red5.dvr.web;

import org.jspecify.annotations.NullMarked;
