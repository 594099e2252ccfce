package org.red5.dvr.media.flv;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.red5.dvr.media.Av1;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.Av1Obus;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/**
 * Reads AV1: temporal units without their temporal delimiters, as MP4 has them ("AV1 Codec ISO Media File Format Binding"
 * section 2.4). A sequence header among the pictures that differs from the one known is a new configuration.
 */
final class Av1VideoReader implements VideoReader {
    private static final int KEY_FRAME = 0;

    private final PrefixUnits prefix = new PrefixUnits();
    private final TrackConfiguration configuration = new TrackConfiguration(
            true, "no video sequence header, neither in a packet of its own nor with the pictures");
    /** The sequence header OBU of the configuration. */
    private byte[] known = new byte[0];

    private boolean stillPictures;

    @Override
    public void sequenceHeader(byte[] record, List<FlvPacket> to) {
        try {
            boolean isRecord = record.length > 0 && record[0] == (byte) 0x81;
            byte[] whole = isRecord ? record : Av1.record(record);
            configure(Av1.parse(whole), Av1.sequenceHeaderOf(whole), to);
        } catch (CorruptMediaException e) {
            configuration.refuse("video sequence header that cannot be read: " + e.getMessage(), to);
        }
    }

    @Override
    public void coded(PacketTime time, FlvBody.CodedVideo coded, byte[] body, List<FlvPacket> to)
            throws CorruptMediaException {
        Av1Obus obus = Av1Obus.of(body, coded.offset(), body.length);
        int from = 0;
        while (from < obus.count()) {
            if (obus.type(from) == Av1Obus.TEMPORAL_DELIMITER) {
                from++;
                continue;
            }
            int end = from;
            while (end < obus.count() && obus.type(end) != Av1Obus.TEMPORAL_DELIMITER) {
                end++;
            }
            temporalUnit(time, coded, body, obus, from, end, to);
            from = end;
        }
    }

    private void temporalUnit(
            PacketTime time, FlvBody.CodedVideo coded, byte[] body, Av1Obus obus, int from, int end, List<FlvPacket> to)
            throws CorruptMediaException {
        int frame = -1;
        for (int i = from; i < end; i++) {
            int type = obus.type(i);
            if (type == Av1Obus.SEQUENCE_HEADER) {
                sequenceHeaderWithPictures(obus.sized(i), to);
            }
            boolean isFrame = type == Av1Obus.FRAME || type == Av1Obus.FRAME_HEADER || type == Av1Obus.TILE_GROUP;
            frame = frame < 0 && isFrame ? i : frame;
        }
        if (frame < 0) {
            for (int i = from; i < end; i++) {
                byte[] unit = obus.sized(i);
                prefix.add(time.stampMillis(), unit, 0, unit.length);
            }
            return;
        }
        boolean key = isKey(body, obus, frame);
        configuration.accessUnit(time.stampMillis(), to);
        if (configuration.isRefused()) {
            return;
        }
        int start = obus.start(from);
        int stop = obus.end(end - 1);
        if (prefix.isEmpty()) {
            to.add(frame(time, coded, key, body, start, stop));
            return;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(stop - start + 64);
        prefix.take(time.stampMillis()).forEach(out::writeBytes);
        out.write(body, start, stop - start);
        to.add(frame(time, coded, key, out.toByteArray(), 0, out.size()));
    }

    private static FlvPacket frame(
            PacketTime time, FlvBody.CodedVideo coded, boolean key, byte[] data, int start, int end) {
        return new FlvPacket.Frame(
                true,
                key,
                time.stampMillis(),
                time.arrivalUtcMicros(),
                coded.compositionOffsetMillis(),
                data,
                start,
                end - start);
    }

    private void sequenceHeaderWithPictures(byte[] header, List<FlvPacket> to) {
        if (Arrays.equals(header, known)) {
            return;
        }
        try {
            configure(Av1.parse(Av1.record(header)), header, to);
        } catch (CorruptMediaException e) {
            to.add(new FlvPacket.NotRecorded(true, false, "sequence header that cannot be read: " + e.getMessage()));
        }
    }

    private void configure(VideoConfig now, byte[] header, List<FlvPacket> to) throws CorruptMediaException {
        stillPictures = Av1.isStillPicture(header);
        known = header;
        configuration.nowKnown();
        to.add(new FlvPacket.VideoConfiguration(now));
    }

    /** Whether a frame's header (AV1 specification, section 5.9.2) begins a key frame that is shown. */
    private boolean isKey(byte[] body, Av1Obus obus, int frame) {
        if (obus.type(frame) == Av1Obus.TILE_GROUP || obus.payload(frame) >= obus.end(frame)) {
            return false;
        }
        int head = body[obus.payload(frame)] & 0xff;
        boolean showExisting = (head & 0x80) != 0;
        boolean shown = (head & 0x10) != 0;
        return stillPictures || !showExisting && (head >> 5 & 3) == KEY_FRAME && shown;
    }

    @Override
    public void other(int timestampMillis, List<FlvPacket> packets, List<FlvPacket> to) {
        to.addAll(packets);
    }

    @Override
    public void release(List<FlvPacket> to) {
        // nothing is held back
    }
}
