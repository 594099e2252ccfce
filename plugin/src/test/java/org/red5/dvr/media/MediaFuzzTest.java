package org.red5.dvr.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.red5.dvr.Fuzz;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.flv.FlvCorpus;
import org.red5.dvr.media.flv.FlvPacket;
import org.red5.dvr.media.flv.MediaReader;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;

/** Whatever bytes come in, media parsers read them or refuse them with their own exceptions, in little time and memory. */
class MediaFuzzTest {
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_RANDOM_BYTES = 64;

    private static final List<FlvCorpus.Tag> TAGS = FlvCorpus.publishes().stream()
            .flatMap(List::stream)
            .filter(tag -> tag.body().length > 0)
            .toList();
    private static final List<FlvCorpus.Tag> CONFIGURATIONS =
            TAGS.stream().filter(tag -> configuration(tag) != null).toList();

    @Test
    void damagedPayloads() throws InterruptedException {
        Fuzz.run("damaged payloads", 35, MOST_BYTES, random -> {
            // Few packets are configurations, where most can go wrong.
            List<FlvCorpus.Tag> from = random.nextInt(3) == 0 ? CONFIGURATIONS : TAGS;
            FlvCorpus.Tag tag = from.get(random.nextInt(from.size()));
            boolean video = tag.video() ^ random.nextInt(50) == 0;
            read(video, DamagedBytes.damage(tag.body(), random));
        });
    }

    @Test
    void randomPayloads() throws InterruptedException {
        Fuzz.run("random payloads", 20, MOST_BYTES, random -> {
            byte[] body = new byte[random.nextInt(MOST_RANDOM_BYTES)];
            random.nextBytes(body);
            boolean video = random.nextBoolean();
            if (random.nextBoolean()) {
                // A head that is known, so that what follows is looked at.
                byte[] head = TAGS.get(random.nextInt(TAGS.size())).body();
                System.arraycopy(
                        head, 0, body, 0, Math.min(Math.min(head.length, 1 + random.nextInt(12)), body.length));
            }
            read(video, body);
        });
    }

    @Test
    void damagedInitSegments() throws InterruptedException {
        List<byte[]> inits = inits();
        Fuzz.run("damaged init segments", 20, MOST_BYTES, random -> {
            byte[] damaged = DamagedBytes.damage(inits.get(random.nextInt(inits.size())), random);
            try {
                InitSegment init = InitSegmentReader.parse(damaged);
                init.toBytes();
                describe(init);
            } catch (CorruptMediaException e) {
                assertPrintable(e.getMessage());
            }
        });
    }

    /** As far as a recorder goes with a single packet. */
    private static void read(boolean video, byte[] body) {
        read(new MediaReader(), video, 0, body);
    }

    private static void read(MediaReader reader, boolean video, int timestampMillis, byte[] body) {
        List<FlvPacket> packets = new ArrayList<>(reader.read(video, timestampMillis, 0, body));
        packets.addAll(reader.end());
        try {
            for (FlvPacket packet : packets) {
                if (packet instanceof FlvPacket.VideoConfiguration found) {
                    assertReadBack(new InitSegment(Optional.of(found.config()), Optional.empty()));
                } else if (packet instanceof FlvPacket.AudioConfiguration found) {
                    assertReadBack(new InitSegment(Optional.empty(), Optional.of(found.config())));
                    assertTrue(found.config().ticksOf(body, random(body)) > 0);
                } else if (packet instanceof FlvPacket.Frame frame) {
                    assertTrue(frame.length() > 0, "a frame without bytes");
                    assertTrue(frame.offset() >= 0 && frame.offset() + frame.length() <= frame.data().length);
                } else if (packet instanceof FlvPacket.NotRecorded fault) {
                    assertPrintable(fault.why());
                }
            }
        } catch (CorruptMediaException e) {
            throw new AssertionError("an init segment that cannot be read back", e);
        }
    }

    /** What is recorded with a configuration can be played with it. */
    private static void assertReadBack(InitSegment init) throws CorruptMediaException {
        InitSegment back = InitSegmentReader.parse(init.toBytes());
        assertEquals(init.video(), back.video());
        assertEquals(init.audio(), back.audio());
        describe(init);
    }

    private static void describe(InitSegment init) {
        init.video().ifPresent(config -> {
            assertPrintable(config.toString());
            // In MP4 a size has 16 bits.
            assertTrue(config.width() > 0 && config.width() < 0x10000, config.toString());
            assertTrue(config.height() > 0 && config.height() < 0x10000, config.toString());
        });
        init.audio().ifPresent(config -> {
            assertPrintable(config.toString());
            assertTrue(config.sampleRate() > 0 && config.channels() > 0, config.toString());
        });
    }

    /** Some place in a packet, the same for the same packet. */
    private static int random(byte[] body) {
        return new Random(body.length).nextInt(body.length + 1);
    }

    private static void assertPrintable(String text) {
        assertTrue(text.chars().allMatch(c -> c >= 0x20 && c < 0x7f), () -> "not printable: " + text);
    }

    private static List<byte[]> inits() {
        List<VideoConfig> videos = new ArrayList<>();
        List<AudioConfig> audios = new ArrayList<>();
        for (FlvCorpus.Tag tag : CONFIGURATIONS) {
            Object config = configuration(tag);
            if (config instanceof VideoConfig video) {
                videos.add(video);
            } else if (config instanceof AudioConfig audio) {
                audios.add(audio);
            }
        }
        List<byte[]> inits = new ArrayList<>();
        for (VideoConfig video : videos) {
            inits.add(new InitSegment(Optional.of(video), Optional.empty()).toBytes());
            for (AudioConfig audio : audios) {
                inits.add(new InitSegment(Optional.of(video), Optional.of(audio)).toBytes());
            }
        }
        return inits;
    }

    /** The configuration in a tag of the corpus, null when it is none. */
    private static Object configuration(FlvCorpus.Tag tag) {
        for (FlvPacket packet : new MediaReader().read(tag.video(), 0, 0, tag.body())) {
            if (packet instanceof FlvPacket.VideoConfiguration video) {
                return video.config();
            }
            if (packet instanceof FlvPacket.AudioConfiguration audio) {
                return audio.config();
            }
        }
        return null;
    }
}
