package org.red5.dvr.media.flv;

import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Av1;
import org.red5.dvr.media.CorruptMediaException;
import org.red5.dvr.media.Mp3;
import org.red5.dvr.media.Opus;
import org.red5.dvr.media.UnsupportedMediaException;
import org.red5.dvr.media.VideoCodec;

/**
 * Reads the audio and video packets of one publish, one after the other, and turns them into what MP4 wants: access units and
 * codec configurations. Used by one thread.
 */
public final class MediaReader {
    /** A picture shown further away from its decoding is taken for damaged: its cell would be far off. */
    private static final int MOST_COMPOSITION_MILLIS = 20_000;

    /**
     * Takes in the next packet and gives what is known by it now, in order: nothing, one thing or several.
     *
     * @param video whether it is of the video track; else of the audio track
     * @param timestampMillis 32 bits, wrapping
     * @param body of the FLV tag; nobody changes it any more
     */
    public List<FlvPacket> read(boolean video, int timestampMillis, byte[] body) {
        try {
            return video ? video(timestampMillis, body) : audio(timestampMillis, body);
        } catch (CorruptMediaException | UnsupportedMediaException e) {
            return List.of(new FlvPacket.NotRecorded(
                    video, e instanceof UnsupportedMediaException, String.valueOf(e.getMessage())));
        }
    }

    /** Gives what waited for the next packet; called when none comes any more. */
    public List<FlvPacket> end() {
        return List.of();
    }

    private List<FlvPacket> video(int timestampMillis, byte[] body)
            throws CorruptMediaException, UnsupportedMediaException {
        FlvBody read = FlvReader.video(body);
        if (read instanceof FlvBody.VideoSequenceHeader header) {
            return List.of(new FlvPacket.VideoConfiguration(header.codec().parse(header.record())));
        }
        if (read instanceof FlvBody.CodedVideo coded) {
            if (Math.abs(coded.compositionOffsetMillis()) > MOST_COMPOSITION_MILLIS) {
                throw new CorruptMediaException("composition time of over " + MOST_COMPOSITION_MILLIS + " ms");
            }
            int at = coded.codec() == VideoCodec.AV1 ? Av1.withoutDelimiter(body, coded.offset()) : coded.offset();
            return at == body.length
                    ? List.of()
                    : List.of(new FlvPacket.Frame(
                            true,
                            coded.key(),
                            timestampMillis,
                            coded.compositionOffsetMillis(),
                            body,
                            at,
                            body.length - at));
        }
        return List.of();
    }

    private List<FlvPacket> audio(int timestampMillis, byte[] body)
            throws CorruptMediaException, UnsupportedMediaException {
        FlvBody read = FlvReader.audio(body);
        List<FlvPacket> packets = new ArrayList<>(2);
        if (read instanceof FlvBody.AudioSequenceHeader header) {
            AudioConfig config =
                    header.codec() == AudioCodec.OPUS ? Opus.parseHead(header.record()) : Aac.parse(header.record());
            packets.add(new FlvPacket.AudioConfiguration(config));
        } else if (read instanceof FlvBody.CodedAudio coded) {
            int at = coded.offset();
            if (coded.codec() == AudioCodec.MP3) {
                packets.add(new FlvPacket.AudioConfiguration(Mp3.parse(body, at)));
            }
            packets.add(new FlvPacket.Frame(false, true, timestampMillis, 0, body, at, body.length - at));
        }
        return packets;
    }
}
