package org.red5.dvr.media.flv;

import java.util.List;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

/** Turns a publish's audio packets of one codec into access units and configurations. Used by one thread. */
interface AudioReader {
    /** Takes in a sequence header. */
    void sequenceHeader(byte[] record, List<FlvPacket> to);

    /**
     * Takes in coded sound.
     *
     * @param offset where it begins in the body, at least one byte before its end
     */
    void coded(PacketTime time, byte[] body, int offset, List<FlvPacket> to)
            throws CorruptMediaException, UnsupportedMediaException;
}
