package org.red5.dvr.store;

import org.red5.dvr.bytes.MediaBytes;

/**
 * A segment's bytes, and which server has them.
 *
 * @param bytes its video, then its audio
 * @param node the node that holds it, also where this server fetched it from there
 * @param crc CRC-32C of the bytes
 */
public record SegmentReply(MediaBytes bytes, String node, int crc) {}
