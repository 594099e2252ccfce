package org.red5.dvr.media.fmp4;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Mp3;
import org.red5.dvr.media.Opus;
import org.red5.dvr.media.VideoCodec;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.bitstream.CorruptMediaException;

/** Reads back the codec configurations of an init segment that {@link InitSegment} wrote. */
public final class InitSegmentReader {
    private static final int VISUAL_ENTRY_BYTES = 78;
    private static final int AUDIO_ENTRY_BYTES = 28;
    private static final int AUDIO_CHANNELS_AT = 16;
    private static final int AUDIO_RATE_AT = 24;

    private Optional<VideoConfig> video = Optional.empty();
    private Optional<AudioConfig> audio = Optional.empty();
    /** What the audio track is, by its sample entry, if its codec turns out to be MP3. */
    private Optional<AudioConfig> mp3 = Optional.empty();

    private InitSegmentReader() {}

    /**
     * The init segment in some bytes.
     *
     * @throws CorruptMediaException when a box does not fit its parent, or there is no track
     */
    public static InitSegment parse(byte[] bytes) throws CorruptMediaException {
        InitSegmentReader reader = new InitSegmentReader();
        try {
            reader.boxes(ByteBuffer.wrap(bytes), 0);
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new CorruptMediaException("init segment of " + bytes.length + " bytes ends inside a box");
        }
        if (reader.video.isEmpty() && reader.audio.isEmpty()) {
            throw new CorruptMediaException("init segment of " + bytes.length + " bytes without a track");
        }
        return new InitSegment(reader.video, reader.audio);
    }

    private void boxes(ByteBuffer in, int depth) throws CorruptMediaException {
        while (in.hasRemaining()) {
            long size = in.getInt() & 0xffffffffL;
            String type = type(in);
            if (size < 8 || size - 8 > in.remaining() || depth > 8) {
                throw new CorruptMediaException("box " + printable(type) + " of " + size + " bytes where "
                        + (in.remaining() + 8) + " are left, at depth " + depth);
            }
            ByteBuffer content = in.slice(in.position(), (int) size - 8);
            in.position(in.position() + (int) size - 8);
            box(type, content, depth);
        }
    }

    private void box(String type, ByteBuffer content, int depth) throws CorruptMediaException {
        switch (type) {
            case "moov", "trak", "mdia", "minf", "stbl" -> boxes(content, depth + 1);
            case "stsd" -> boxes(skip(content, 8), depth + 1);
            case "mp4a" -> {
                ByteBuffer inside = skip(content, AUDIO_ENTRY_BYTES);
                int channels = content.getShort(AUDIO_CHANNELS_AT) & 0xffff;
                int sampleRate = content.getShort(AUDIO_RATE_AT) & 0xffff;
                mp3 = Optional.of(Mp3.config(sampleRate, channels));
                boxes(inside, depth + 1);
            }
            case "Opus" -> boxes(skip(content, AUDIO_ENTRY_BYTES), depth + 1);
            case "dOps" -> audio = Optional.of(Opus.parse(bytes(content)));
            case "esds" -> audio = Optional.of(elementaryStream(skip(content, 4)));
            default -> videoBox(type, content, depth);
        }
    }

    private void videoBox(String type, ByteBuffer content, int depth) throws CorruptMediaException {
        for (VideoCodec codec : VideoCodec.values()) {
            if (type.equals(codec.sampleEntry())) {
                boxes(skip(content, VISUAL_ENTRY_BYTES), depth + 1);
            } else if (type.equals(codec.configBox())) {
                video = Optional.of(codec.parse(bytes(content)));
            }
        }
    }

    /** The configuration by nested descriptors (ISO/IEC 14496-1 section 7.2.6). MP3 has no DecoderSpecificInfo. */
    private AudioConfig elementaryStream(ByteBuffer in) throws CorruptMediaException {
        while (in.hasRemaining()) {
            int tag = in.get();
            int length = descriptorLength(in);
            switch (tag) {
                case 3 -> skip(in, 3);
                case 4 -> {
                    int objectType = in.get(in.position()) & 0xff;
                    if (objectType == SampleEntries.MPEG_1_AUDIO || objectType == SampleEntries.MPEG_2_AUDIO) {
                        return mp3.filter(config -> config.sampleRate() > 0 && config.channels() > 0)
                                .orElseThrow(() -> new CorruptMediaException("esds without a usable sample entry"));
                    }
                    skip(in, 13);
                }
                case 5 -> {
                    if (length < 0 || length > in.remaining()) {
                        throw new CorruptMediaException("esds: specific configuration of " + length + " bytes");
                    }
                    return Aac.parseRecorded(Arrays.copyOf(bytes(in), length));
                }
                default -> throw new CorruptMediaException("esds: descriptor " + tag);
            }
        }
        throw new CorruptMediaException("esds without a specific configuration");
    }

    private static int descriptorLength(ByteBuffer in) {
        int length = 0;
        int next;
        do {
            next = in.get();
            length = length << 7 | next & 0x7f;
        } while ((next & 0x80) != 0);
        return length;
    }

    private static ByteBuffer skip(ByteBuffer in, int count) {
        if (in.remaining() < count) {
            throw new BufferUnderflowException();
        }
        return in.position(in.position() + count);
    }

    private static String type(ByteBuffer in) {
        byte[] type = new byte[4];
        in.get(type);
        return new String(type, StandardCharsets.ISO_8859_1);
    }

    private static String printable(String type) {
        return type.replaceAll("[^ -~]", "?");
    }

    private static byte[] bytes(ByteBuffer content) {
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return bytes;
    }
}
