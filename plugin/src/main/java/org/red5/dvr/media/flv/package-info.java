/** FLV: files of tags, and the bodies of tags, which RTMP carries as well (Adobe Flash Video File Format 10.1, annex E). */
@NullMarked
package org.red5.dvr.media.flv;

import org.jspecify.annotations.NullMarked;
