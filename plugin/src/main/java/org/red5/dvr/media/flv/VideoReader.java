package org.red5.dvr.media.flv;

import java.util.List;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Turns a publish's video packets of one codec into access units and configurations. Used by one thread. */
interface VideoReader {
    /** Takes in a sequence header. */
    void sequenceHeader(byte[] record, List<FlvPacket> to) throws CorruptMediaException;

    /** Takes in coded pictures. */
    void coded(PacketTime time, FlvBody.CodedVideo coded, byte[] body, List<FlvPacket> to) throws CorruptMediaException;

    /**
     * Takes in what came of the other track, to be passed on in order.
     *
     * @param timestampMillis of its packet
     */
    void other(int timestampMillis, List<FlvPacket> packets, List<FlvPacket> to);

    /** Gives what is held back. */
    void release(List<FlvPacket> to);
}
