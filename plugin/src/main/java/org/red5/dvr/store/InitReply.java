package org.red5.dvr.store;

import org.red5.dvr.bytes.MediaBytes;

/**
 * A take's init segment, and which server has it.
 *
 * @param bytes ftyp and moov (ISO/IEC 14496-12), all tracks
 * @param node the node that holds it, also where this server fetched it from there
 */
public record InitReply(MediaBytes bytes, String node) {}
