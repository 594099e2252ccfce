package org.red5.dvr.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.red5.dvr.http.Text;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.hls.MediaPlaylist;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

class RenderedPlaylistsTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final long FIRST = 440_954_400;
    private static final TakeId TAKE = TakeId.of(GRID.startUtcMicros(FIRST), "o");
    private static final PlaylistName INDEX =
            PlaylistName.parse("index-media-4.m3u8").orElseThrow();

    private long nanos;
    private final RenderedPlaylists playlists = new RenderedPlaylists(1 << 20, () -> nanos);

    private static View view(long from, int count, long lateMicros, View.Shape shape) {
        List<Segment> segments = new ArrayList<>();
        for (long number = from; number < from + count; number++) {
            segments.add(new Segment(TAKE, number, GRID.startUtcMicros(number), GRID.periodMicros(), 9, 1, true));
        }
        UtcRange window =
                new UtcRange(GRID.startUtcMicros(from) + lateMicros, GRID.startUtcMicros(from + count) + lateMicros);
        List<String> servers = segments.stream().map(segment -> "o").toList();
        Timeline timeline =
                new Timeline(window, segments, servers, Set.of(), List.of(), true, Optional.of(window), List.of());
        return new View(timeline, shape, GRID, 0, false, Part.MUXED, Map.of());
    }

    private Text get(View view) {
        Text text = playlists.of(CAMERA, INDEX, view, "");
        assertArrayEquals(MediaPlaylist.render(view, 4, ""), text.plain().bytes());
        return text;
    }

    @Test
    void aListIsRenderedOnceForEachNewSegmentHoweverManyAsk() {
        for (int second = 0; second < 40; second++) {
            for (int viewer = 0; viewer < 50; viewer++) {
                long lateMicros = second % 4 * 1_000_000L + viewer * 1_000L;
                get(view(FIRST + second / 4, 75, lateMicros, View.Shape.SLIDING));
            }
        }
        assertEquals(10, playlists.rendered());
        assertEquals(1_990, playlists.reused());
        Text text = get(view(FIRST, 75, 0, View.Shape.SLIDING));
        assertSame(text, get(view(FIRST, 75, 1, View.Shape.SLIDING)));
    }

    @Test
    void whatTheListDependsOnMakesAnother() {
        View sliding = view(FIRST, 5, 0, View.Shape.SLIDING);
        Text first = get(sliding);
        assertNotSame(first, get(view(FIRST, 6, 0, View.Shape.SLIDING)));
        View growing = view(FIRST, 5, 0, View.Shape.GROWING);
        get(growing);
        get(view(FIRST, 5, 1_500_000, View.Shape.GROWING));
        get(view(FIRST, 5, 1_500_000, View.Shape.ENDED));
        get(new View(growing.timeline(), View.Shape.GROWING, GRID, 3, false, Part.MUXED, Map.of()));
        get(new View(growing.timeline(), View.Shape.GROWING, GRID, 3, false, Part.AUDIO, Map.of()));
        assertEquals(7, playlists.rendered());
        assertEquals(0, playlists.reused());
        StreamKey other = new StreamKey("live", "other");
        playlists.of(other, INDEX, sliding, "");
        playlists.of(CAMERA, PlaylistName.parse("index-media.m3u8").orElseThrow(), sliding, "");
        playlists.of(CAMERA, INDEX, sliding, "?token=1");
        playlists.of(CAMERA, INDEX, sliding, "?token=1");
        assertEquals(11, playlists.rendered(), "of another stream, name, and those with a query each time");
    }

    @Test
    void memoryIsBoundedAndComesBack() {
        for (int stream = 0; stream < 500; stream++) {
            playlists.of(new StreamKey("live", "camera" + stream), INDEX, view(FIRST, 75, 0, View.Shape.SLIDING), "");
        }
        assertTrue(playlists.bytes() <= 1 << 20, () -> "" + playlists.bytes());
        assertTrue(playlists.bytes() > 1 << 19, () -> "" + playlists.bytes());
        nanos += 61_000_000_000L;
        get(view(FIRST, 2, 0, View.Shape.SLIDING));
        assertTrue(playlists.bytes() < 3_000, () -> "" + playlists.bytes());
        playlists.of(CAMERA, INDEX, view(FIRST, 21_600, 0, View.Shape.FINITE), "");
        assertTrue(playlists.bytes() <= 1 << 20, "what is larger than all is not kept");
    }
}
