package org.red5.dvr.store;

/**
 * The index of a take in an hour, or its header and the end of it, and which server has it.
 *
 * @param bytes as {@code docs/format-hour-file.md} has them; not to be changed
 * @param node the node that holds it, also where this server fetched it from there
 */
@SuppressWarnings("ArrayRecordComponent")
public record IndexReply(byte[] bytes, String node) {}
