package org.red5.dvr.playback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.fmp4.FragmentHead;
import org.red5.dvr.media.fmp4.FragmentReader;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;

class EmptySegmentTest {
    private static final long MILLIS = 1_763_817_608_161L;
    private static final Optional<Take.Video> VIDEO = Optional.of(new Take.Video("avc1.64001f", 640, 360));
    private static final Optional<Take.Audio> AUDIO = Optional.of(new Take.Audio("mp4a.40.2", 44_100, 2));

    /** Track and decoding time of one fragment. */
    private record Empty(int track, long ticks) {}

    private static final Empty NO_PICTURES = new Empty(1, MILLIS * 90);
    private static final Empty NO_SOUND = new Empty(2, MILLIS * 44_100 / 1_000);

    @Test
    void hasAFragmentWithoutASampleForEachTrackOfThePlaylist() {
        assertEquals(List.of(NO_PICTURES, NO_SOUND), of(VIDEO, AUDIO, Part.MUXED, ""));
        assertEquals(List.of(NO_SOUND), of(VIDEO, AUDIO, Part.AUDIO, ""));
        assertEquals(List.of(NO_PICTURES), of(VIDEO, AUDIO, Part.VIDEO, ""));
        assertEquals(List.of(NO_PICTURES, NO_SOUND), of(VIDEO, Optional.empty(), Part.MUXED, "aac-44100-1"));
        assertEquals(List.of(NO_PICTURES, NO_SOUND), of(Optional.empty(), AUDIO, Part.MUXED, "avc1-44100"));
        assertEquals(List.of(), of(VIDEO, Optional.empty(), Part.AUDIO, ""));
    }

    @Test
    void showsTheLastPictureWhereThereIsOne() throws Exception {
        byte[] key = {0, 0, 0, 2, 0x65, 1};
        Take take = new Take(TakeId.of(1, "origin"), 0, VIDEO, AUDIO);
        byte[] bytes = EmptySegment.of(take, MILLIS, Part.MUXED, Optional.empty(), Optional.of(key))
                .orElseThrow();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        FragmentHead still = FragmentReader.read(in.slice(0, in.getInt(0)));
        assertEquals(new FragmentHead(1, (int) MILLIS, MILLIS * 90, MILLIS * 90, 90_000, true, 6, 6), still);
        assertArrayEquals(key, Arrays.copyOfRange(bytes, in.getInt(0) + 8, in.getInt(0) + 14));
        assertEquals(in.getInt(0) + 14 + 68, bytes.length, "and no sound");
        byte[] sound = EmptySegment.of(take, MILLIS, Part.AUDIO, Optional.empty(), Optional.of(key))
                .orElseThrow();
        assertEquals(68, sound.length);
    }

    private static List<Empty> of(Optional<Take.Video> video, Optional<Take.Audio> audio, Part part, String fill) {
        Take take = new Take(TakeId.of(1, "origin"), 0, video, audio);
        ByteBuffer in = ByteBuffer.wrap(EmptySegment.of(take, MILLIS, part, TrackFill.parse(fill), Optional.empty())
                .orElse(new byte[0]));
        List<Empty> fragments = new ArrayList<>();
        while (in.hasRemaining()) {
            // moof(8) mfhd(16) traf(8) tfhd(16) tfdt(20), and no mdat
            int at = in.position();
            assertEquals(68, in.getInt(at));
            fragments.add(new Empty(in.getInt(at + 44), in.getLong(at + 60)));
            in.position(at + 68);
        }
        return fragments;
    }
}
