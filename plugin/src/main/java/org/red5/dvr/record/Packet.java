package org.red5.dvr.record;

/**
 * One RTMP packet, copied from the connection.
 *
 * @param video whether it is video; audio otherwise
 * @param timestampMillis as the publisher counts: 32 bits, wrapping
 * @param arrivalUtcMicros when it came in, by this server's clock
 * @param body of the FLV tag; nobody changes it
 */
@SuppressWarnings("ArrayRecordComponent")
record Packet(boolean video, int timestampMillis, long arrivalUtcMicros, byte[] body) {}
