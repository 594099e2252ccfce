package org.red5.dvr.playback.hls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.red5.dvr.playback.View;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.Take.Audio;
import org.red5.dvr.timeline.Take.Video;
import org.red5.dvr.timeline.Take.VideoRange;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

class MultivariantPlaylistTest {
    private static final long FIRST = 440_954_400;
    private static final TakeId A = TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(FIRST), "a");
    private static final TakeId B = TakeId.of(SegmentGrid.DEFAULT.startUtcMicros(FIRST + 2), "a");
    private static final Audio AAC = new Audio("mp4a.40.2", 48_000, 2);

    @Test
    void describesAllTakesTheNewestFirst() {
        List<Take> takes = List.of(
                take(A, new Video("avc1.640028", 1920, 1080), AAC), take(B, new Video("avc1.64001f", 1280, 720), AAC));
        assertEquals("""
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=2000000,CODECS="avc1.64001f,mp4a.40.2,avc1.640028",RESOLUTION=1920x1080
                index-media.m3u8
                """, render(takes, MemorySource.run(A, FIRST, 3)));
    }

    @Test
    void saysTheRangeOfBrightnessWhereItIsNotStandard() {
        Video hlg = new Video("hvc1.2.4.L90.90", 1920, 1080, VideoRange.HLG);
        Video pq = new Video("hvc1.2.4.L90.90", 1920, 1080, VideoRange.PQ);
        List<Segment> segments = MemorySource.run(A, FIRST, 1);
        assertTrue(render(List.of(take(A, hlg, AAC)), segments).contains(",RESOLUTION=1920x1080,VIDEO-RANGE=HLG\n"));
        assertTrue(render(List.of(take(A, pq, AAC), take(B, hlg, AAC)), segments)
                .contains(",RESOLUTION=1920x1080,VIDEO-RANGE=PQ\n"));
    }

    @Test
    void aTakeOfSoundAloneHasNoResolution() {
        String playlist = render(List.of(take(A, null, AAC)), MemorySource.run(A, FIRST, 1));
        assertEquals(
                "#EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=2000000,CODECS=\"mp4a.40.2\"",
                playlist.lines().skip(3).findFirst().orElseThrow());
    }

    @Test
    void segmentsThatBeginWithoutAKeyFrameAreNotPromisedToBeIndependent() {
        List<Segment> segments = new ArrayList<>(MemorySource.run(A, FIRST, 2));
        segments.add(new Segment(A, FIRST + 2, micros(8), 4_000_000, 1_000_000, 0, false));
        assertEquals(false, render(List.of(), segments).contains("INDEPENDENT"));
    }

    @Test
    void thePeakIsMeasuredOverHalfTheTargetDurationAtLeast() {
        List<Segment> segments = List.of(
                new Segment(A, FIRST, micros(0), 4_000_000, 500_000, 0, true),
                // A second at 8 Mbit/s counts only with what comes before or after it.
                new Segment(A, FIRST + 1, micros(4), 1_000_000, 1_000_000, 0, true),
                new Segment(A, FIRST + 2, micros(8), 4_000_000, 500_000, 0, true));
        String playlist = render(List.of(), segments);
        assertEquals(
                "#EXT-X-STREAM-INF:BANDWIDTH=2400000,AVERAGE-BANDWIDTH=1777777",
                playlist.lines().skip(3).findFirst().orElseThrow());
    }

    private static String render(List<Take> takes, List<Segment> segments) {
        Holdings holdings = new Holdings(segments, List.of(), false, Optional.empty());
        Timeline timeline = Timeline.of("origin", holdings, new UtcRange(micros(0), micros(60)));
        View view = new View(timeline, View.Shape.SLIDING, SegmentGrid.DEFAULT, 0, false, Part.MUXED, Map.of());
        return new String(MultivariantPlaylist.render(view, takes, "index-media.m3u8"), StandardCharsets.UTF_8);
    }

    private static Take take(TakeId id, Video video, Audio audio) {
        return new Take(id, 0, Optional.ofNullable(video), Optional.ofNullable(audio));
    }

    private static long micros(long seconds) {
        return SegmentGrid.DEFAULT.startUtcMicros(FIRST) + seconds * 1_000_000;
    }
}
