package org.red5.dvr.store;

import org.red5.dvr.archive.index.HourIndex;

/**
 * The index of a take in an hour, or the end of it, and which server has it.
 *
 * @param index with what of it that server has
 * @param node the node that holds it, also where this server fetched it from there
 */
public record IndexReply(HourIndex index, String node) {}
