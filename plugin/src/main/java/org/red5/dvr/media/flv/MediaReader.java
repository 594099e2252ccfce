package org.red5.dvr.media.flv;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.red5.dvr.media.AudioCodec;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

/**
 * Reads the audio and video packets of one publish, one after the other, and turns them into what MP4 wants: access units and
 * codec configurations. What an encoder says of a packet is believed only where the packet itself does not say it. Used by one
 * thread.
 */
public final class MediaReader {
    /** A picture shown further away from its decoding is taken for damaged: its cell would be far off. */
    private static final int MOST_COMPOSITION_MILLIS = 20_000;

    private final Map<AudioCodec, AudioReader> audio = new EnumMap<>(AudioCodec.class);
    private final Map<VideoCodec, VideoReader> videos = new EnumMap<>(VideoCodec.class);
    /** Of the codec that came last. */
    private Optional<VideoReader> video = Optional.empty();

    /**
     * Takes in the next packet and gives what is known by it now, in order: nothing, one thing or several.
     *
     * @param isVideo whether it is of the video track; else of the audio track
     * @param timestampMillis 32 bits, wrapping
     * @param arrivalUtcMicros when it came, microseconds since the Unix epoch
     * @param body of the FLV tag; nobody changes it any more
     */
    public List<FlvPacket> read(boolean isVideo, int timestampMillis, long arrivalUtcMicros, byte[] body) {
        PacketTime time = new PacketTime(timestampMillis, arrivalUtcMicros);
        List<FlvPacket> packets = new ArrayList<>(2);
        try {
            if (isVideo) {
                readVideo(time, body, packets);
            } else {
                readAudio(time, body, packets);
            }
        } catch (CorruptMediaException e) {
            packets.add(new FlvPacket.NotRecorded(isVideo, false, String.valueOf(e.getMessage())));
        } catch (UnsupportedMediaException e) {
            packets.add(new FlvPacket.NotRecorded(isVideo, true, String.valueOf(e.getMessage())));
        }
        if (isVideo || video.isEmpty()) {
            return packets;
        }
        List<FlvPacket> inOrder = new ArrayList<>(packets.size());
        video.get().other(timestampMillis, packets, inOrder);
        return inOrder;
    }

    /** Gives what waited for the next packet; called when none comes any more. */
    public List<FlvPacket> end() {
        List<FlvPacket> packets = new ArrayList<>(2);
        video.ifPresent(reader -> reader.release(packets));
        return packets;
    }

    private void readVideo(PacketTime time, byte[] body, List<FlvPacket> to)
            throws CorruptMediaException, UnsupportedMediaException {
        FlvBody read = FlvReader.video(body);
        if (read instanceof FlvBody.VideoSequenceHeader header) {
            reader(header.codec(), to).sequenceHeader(header.record(), to);
        } else if (read instanceof FlvBody.CodedVideo coded) {
            if (Math.abs(coded.compositionOffsetMillis()) > MOST_COMPOSITION_MILLIS) {
                throw new CorruptMediaException("composition time of over " + MOST_COMPOSITION_MILLIS + " ms");
            }
            reader(coded.codec(), to).coded(time, coded, body, to);
        }
    }

    private VideoReader reader(VideoCodec codec, List<FlvPacket> to) {
        VideoReader reader = videos.computeIfAbsent(
                codec, key -> key == VideoCodec.AV1 ? new Av1VideoReader() : new NalVideoReader(key));
        if (video.isPresent() && video.get() != reader) {
            video.get().release(to);
        }
        video = Optional.of(reader);
        return reader;
    }

    private void readAudio(PacketTime time, byte[] body, List<FlvPacket> to)
            throws CorruptMediaException, UnsupportedMediaException {
        FlvBody read = FlvReader.audio(body);
        if (read instanceof FlvBody.AudioSequenceHeader header) {
            reader(header.codec()).sequenceHeader(header.record(), to);
        } else if (read instanceof FlvBody.CodedAudio coded) {
            reader(coded.codec()).coded(time, body, coded.offset(), to);
        }
    }

    private AudioReader reader(AudioCodec codec) {
        return audio.computeIfAbsent(codec, key -> switch (key) {
            case AAC -> new AacReader();
            case OPUS -> new OpusReader();
            case MP3 -> new Mp3Reader();
        });
    }
}
