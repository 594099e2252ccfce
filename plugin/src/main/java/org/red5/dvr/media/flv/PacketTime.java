package org.red5.dvr.media.flv;

/**
 * When a packet is, and when it came.
 *
 * @param stampMillis as the publisher counts: 32 bits, wrapping
 * @param arrivalUtcMicros microseconds since the Unix epoch
 */
record PacketTime(int stampMillis, long arrivalUtcMicros) {}
