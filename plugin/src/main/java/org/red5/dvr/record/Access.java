package org.red5.dvr.record;

import org.red5.dvr.media.flv.FlvPacket;

/**
 * An access unit as it came in.
 *
 * @param arrivalUtcMicros when, by this server's clock
 */
record Access(FlvPacket.Frame frame, long arrivalUtcMicros) {}
