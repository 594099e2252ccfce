package org.red5.dvr.testbed.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.Aac;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Avc;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.media.flv.FlvPacket;
import org.red5.dvr.media.flv.MediaReader;
import org.red5.dvr.testbed.FlvFile;
import org.red5.dvr.testbed.FlvTag;

class SyntheticClipTest {
    private final FlvFile clip = SyntheticClip.make();

    @Test
    void hasTheRateOfItsKind() {
        long bytes = clip.tags().stream().mapToLong(tag -> tag.payload().length).sum();
        assertEquals(2.5e6, bytes * 8 / 20.0, 2.5e6 * 0.03);
        List<Long> keyFrames = clip.tags().stream()
                .filter(FlvTag::isKeyFrame)
                .map(FlvTag::timestampMillis)
                .toList();
        assertEquals(List.of(0L, 2_000L, 4_000L), keyFrames.subList(0, 3));
        assertEquals(10, keyFrames.size());
    }

    @Test
    void isReadByTheRecordersReader() throws Exception {
        byte[] video = clip.tags().get(0).payload();
        VideoConfig config = Avc.parse(Arrays.copyOfRange(video, 5, video.length));
        assertEquals("avc1.42c01f 1280x720", config.toString());
        byte[] audio = clip.tags().get(1).payload();
        AudioConfig sound = Aac.parse(Arrays.copyOfRange(audio, 2, audio.length));
        assertEquals("mp4a.40.2 48000 Hz 2 channels", sound.toString());
        MediaReader reader = new MediaReader();
        List<FlvPacket> packets = new ArrayList<>();
        for (FlvTag tag : clip.tags()) {
            packets.addAll(reader.read(tag.type() == FlvTag.VIDEO, (int) tag.timestampMillis(), 0, tag.payload()));
        }
        packets.addAll(reader.end());
        List<FlvPacket> frames =
                packets.stream().filter(FlvPacket.Frame.class::isInstance).toList();
        assertEquals(clip.tags().size() - 2, frames.size());
        assertEquals(clip.tags().size(), packets.size());
    }
}
