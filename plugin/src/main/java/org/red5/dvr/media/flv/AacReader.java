package org.red5.dvr.media.flv;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.bitstream.Adts;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

/**
 * Reads AAC. ADTS headers are taken off, and are the configuration where the sequence header is missing, cannot be read or says
 * something else.
 */
final class AacReader implements AudioReader {
    private final TrackConfiguration configuration =
            new TrackConfiguration(false, "no audio sequence header, and no ADTS headers in the packets");
    private Optional<AudioConfig> config = Optional.empty();
    /** What the last ADTS header stands for. */
    private byte[] lastAdts = new byte[0];

    @Override
    public void sequenceHeader(byte[] record, List<FlvPacket> to) {
        lastAdts = new byte[0];
        try {
            configure(Aac.parse(Adts.isAt(record, 0) ? Adts.specificConfig(record, 0) : record), to);
        } catch (CorruptMediaException e) {
            configuration.refuse("audio sequence header that cannot be read: " + e.getMessage(), to);
        }
    }

    @Override
    public void coded(PacketTime time, byte[] body, int offset, List<FlvPacket> to)
            throws CorruptMediaException, UnsupportedMediaException {
        if (Adts.isAt(body, offset)) {
            adts(time, body, offset, to);
        } else if (Adts.isLatm(body, offset)) {
            throw new UnsupportedMediaException("AAC in LATM");
        } else {
            accessUnit(time.stampMillis(), time, body, offset, body.length, to);
        }
    }

    private void adts(PacketTime time, byte[] body, int offset, List<FlvPacket> to)
            throws CorruptMediaException, UnsupportedMediaException {
        long ticks = 0;
        for (Adts.Frame frame : Adts.frames(body, offset)) {
            if (!Arrays.equals(lastAdts, frame.specificConfig())) {
                lastAdts = frame.specificConfig();
                configureByAdts(to);
            }
            int sampleRate = config.map(AudioConfig::sampleRate).orElse(1);
            int later = (int) (ticks * 1_000 / sampleRate);
            accessUnit(time.stampMillis() + later, time, body, frame.start(), frame.end(), to);
            ticks += config.map(AudioConfig::frameTicks).orElse(0);
        }
    }

    /** The sequence header knows more than the ADTS header, of spectral band replication for one, if they do not contradict. */
    private void configureByAdts(List<FlvPacket> to) {
        try {
            AudioConfig said = Aac.parse(lastAdts);
            boolean contradicts = config.map(
                            known -> known.sampleRate() != said.sampleRate() || known.channels() != said.channels())
                    .orElse(true);
            if (contradicts) {
                configure(said, to);
            }
        } catch (CorruptMediaException e) {
            if (config.isEmpty()) {
                configuration.refuse("ADTS header that makes no configuration: " + e.getMessage(), to);
            }
        }
    }

    private void configure(AudioConfig now, List<FlvPacket> to) {
        config = Optional.of(now);
        configuration.nowKnown();
        to.add(new FlvPacket.AudioConfiguration(now));
    }

    private void accessUnit(int timestampMillis, PacketTime time, byte[] data, int start, int end, List<FlvPacket> to) {
        configuration.accessUnit(timestampMillis, to);
        if (!configuration.isRefused()) {
            to.add(new FlvPacket.Frame(
                    false, true, timestampMillis, time.arrivalUtcMicros(), 0, data, start, end - start));
        }
    }
}
