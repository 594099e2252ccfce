package org.red5.dvr.playback.hls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.red5.dvr.playback.TrackFill;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.View.Shape;
import org.red5.dvr.store.MemorySource;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

class MediaPlaylistTest {
    /** 2025-11-22T13:20:00Z is where this cell of the grid begins. */
    private static final long FIRST = 440_954_400;

    private static final TakeId A = TakeId.of(1_763_817_599_876_000L, "origin");
    private static final TakeId B = TakeId.of(1_763_817_613_500_000L, "origin");
    private static final Segment A0 = new Segment(A, FIRST, micros(200_400), 3_960_200, 900, 100, true);
    private static final Segment A1 = new Segment(A, FIRST + 1, micros(4_160_600), 4_000_300, 900, 100, true);
    /** Follows on A1 after a hole. */
    private static final Segment B4 = new Segment(B, FIRST + 4, micros(17_500_000), 3_999_600, 900, 100, true);

    private static final Segment B5 = new Segment(B, FIRST + 5, micros(21_499_600), 1_500_000, 900, 100, false);

    @Test
    void aFiniteWindowLeavesHolesOut() {
        assertEquals("""
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-TARGETDURATION:8
                #EXT-X-MEDIA-SEQUENCE:440954400
                #EXT-X-PLAYLIST-TYPE:VOD
                #EXT-X-START:TIME-OFFSET=1.599,PRECISE=YES
                #EXT-X-MAP:URI="segments/20251122T131959876Z-origin/init.mp4"
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:00.200Z
                #EXTINF:3.961,
                segments/20251122T131959876Z-origin/440954400.m4s
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:04.161Z
                #EXTINF:4.000,
                segments/20251122T131959876Z-origin/440954401.m4s
                #EXT-X-DISCONTINUITY
                #EXT-X-MAP:URI="segments/20251122T132013500Z-origin/init.mp4"
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:17.500Z
                #EXTINF:4.000,
                segments/20251122T132013500Z-origin/440954404.m4s
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:21.500Z
                #EXTINF:1.500,
                segments/20251122T132013500Z-origin/440954405.m4s
                #EXT-X-ENDLIST
                """, render(Shape.FINITE, 1_800_000, A0, A1, B4, B5));
    }

    @Test
    void aTakeThatLacksATrackIsServedWithIt() {
        TrackFill silence = TrackFill.parse("aac-44100-2").orElseThrow();
        List<String> addresses = addresses(Part.MUXED, Map.of(B, silence), A1, B4);
        assertEquals(
                List.of(
                        "segments/20251122T131959876Z-origin/init.mp4",
                        "segments/20251122T131959876Z-origin/440954401.m4s",
                        "segments/20251122T132013500Z-origin/init-with-aac-44100-2.mp4",
                        "segments/20251122T132013500Z-origin/440954404-with-aac-44100-2.m4s"),
                addresses);
        List<String> sound = addresses(Part.AUDIO, Map.of(B, silence), A1, B4);
        assertEquals(addresses.stream().map(a -> a.replaceAll("(\\.m)", "-a$1")).toList(), sound);
    }

    private static List<String> addresses(Part part, Map<TakeId, TrackFill> fills, Segment... segments) {
        Matcher address = Pattern.compile("segments/[^\"\n]*").matcher(render(Shape.FINITE, 0, part, fills, segments));
        return address.results().map(MatchResult::group).toList();
    }

    @Test
    void aSlidingWindowHasAnEntryForEveryNumber() {
        assertEquals("""
                #EXTM3U
                #EXT-X-VERSION:8
                #EXT-X-TARGETDURATION:8
                #EXT-X-MEDIA-SEQUENCE:440954401
                #EXT-X-DISCONTINUITY-SEQUENCE:3
                #EXT-X-MAP:URI="segments/20251122T131959876Z-origin/init.mp4"
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:04.161Z
                #EXTINF:4.000,
                segments/20251122T131959876Z-origin/440954401.m4s
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:08.161Z
                #EXT-X-GAP
                #EXTINF:4.669,
                segments/20251122T131959876Z-origin/gap-1763817608161-440954401.m4s
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:12.830Z
                #EXT-X-GAP
                #EXTINF:4.670,
                segments/20251122T131959876Z-origin/gap-1763817612830-440954401.m4s
                #EXT-X-DISCONTINUITY
                #EXT-X-MAP:URI="segments/20251122T132013500Z-origin/init.mp4"
                #EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:17.500Z
                #EXTINF:4.000,
                segments/20251122T132013500Z-origin/440954404.m4s
                """, render(Shape.SLIDING, 8_000_000, A1, B4));
    }

    /** Players stay three target durations behind the end; it is chosen once for a viewer, and nothing that comes later changes it. */
    @Test
    void aListThatGoesOnHasTheTargetDurationThatItsSegmentsNeed() {
        Segment longer = new Segment(A, FIRST + 2, micros(8_160_900), 5_600_000, 900, 100, true);
        Segment longest = new Segment(A, FIRST + 2, micros(8_160_900), 7_600_000, 900, 100, true);
        assertEquals(4, MediaPlaylist.shortTargetSeconds(view(Shape.SLIDING, A0, A1, B4, B5)));
        assertEquals(6, MediaPlaylist.shortTargetSeconds(view(Shape.GROWING, A0, A1, longer, B4)));
        assertEquals(0, MediaPlaylist.shortTargetSeconds(view(Shape.SLIDING, A0, A1, longest, B4)));
        assertEquals(0, MediaPlaylist.shortTargetSeconds(view(Shape.FINITE, A0, A1, B4, B5)));
        assertEquals(0, MediaPlaylist.shortTargetSeconds(view(Shape.SLIDING, A0, A1, B4)), "too little to go by");
        for (int target : List.of(1, 4, 6, 8)) {
            byte[] text = MediaPlaylist.render(view(Shape.SLIDING, A0, A1, longest), target, "");
            assertTrue(new String(text, StandardCharsets.UTF_8).contains("\n#EXT-X-TARGETDURATION:" + target + "\n"));
        }
        byte[] most = MediaPlaylist.render(view(Shape.SLIDING, A0, A1), 99, "");
        assertTrue(new String(most, StandardCharsets.UTF_8).contains("\n#EXT-X-TARGETDURATION:8\n"));
    }

    private static View view(Shape shape, Segment... segments) {
        UtcRange window = new UtcRange(micros(0), micros(7_200_000_000L));
        Holdings holdings = new Holdings(List.of(segments), List.of(), false, Optional.empty());
        return new View(
                Timeline.of("origin", holdings, window), shape, SegmentGrid.DEFAULT, 3, false, Part.MUXED, Map.of());
    }

    @Test
    void aHoleWithinATakeIsADiscontinuityOnlyWhereItIsLeftOut() {
        Segment later = new Segment(A, FIRST + 3, micros(12_000_000), 4_000_000, 900, 100, true);
        String middle = "#EXT-X-PROGRAM-DATE-TIME:2025-11-22T13:20:12.000Z\n";
        String finite = render(Shape.FINITE, 0, A0, A1, later);
        assertTrue(finite.contains("440954401.m4s\n#EXT-X-DISCONTINUITY\n" + middle), finite);
        String sliding = render(Shape.SLIDING, 0, A0, A1, later);
        assertTrue(sliding.contains("origin/gap-1763817608161-440954401.m4s\n" + middle), sliding);
        assertEquals(2, sliding.split("MAP", -1).length);
    }

    @Test
    void twoTakesWithoutANumberBetweenThemAreADiscontinuity() {
        Segment next = new Segment(B, FIRST + 1, micros(4_200_000), 3_000_000, 900, 100, true);
        for (Shape shape : Shape.values()) {
            assertTrue(render(shape, 0, A0, next).contains("400.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:"), "" + shape);
        }
    }

    @Test
    void whatGrowsBeginsWhereItWasAskedForAndHasNoEnd() {
        String growing = render(Shape.GROWING, 0, A0, A1);
        assertTrue(growing.contains("#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-START:TIME-OFFSET=0.001,"), growing);
        assertTrue(growing.endsWith("440954401.m4s\n"), growing);
        assertEquals(growing + "#EXT-X-ENDLIST\n", render(Shape.ENDED, 0, A0, A1));
    }

    @Test
    void longPlaylistsSayTheDateOfTheLastEntriesAndAfterEachInterruption() {
        List<Segment> segments = new ArrayList<>(MemorySource.run(A, FIRST, 400));
        String dated = render(Shape.FINITE, 0, segments.subList(0, 300).toArray(Segment[]::new));
        assertEquals(300, dated.split("PROGRAM-DATE-TIME", -1).length - 1);
        segments.addAll(MemorySource.run(B, FIRST + 402, 100));
        for (Shape shape : Shape.values()) {
            String all = render(shape, 0, segments.toArray(Segment[]::new));
            String undated = all.replaceAll("#EXT-X-PROGRAM-DATE-TIME.*\n", "");
            assertEquals(12, all.split("PROGRAM-DATE-TIME", -1).length - 1, "" + shape);
            assertTrue(all.length() < 1.1 * undated.length(), all.length() + " of " + undated.length());
            String lastTen = all.substring(all.indexOf("PROGRAM-DATE-TIME", all.indexOf((FIRST + 491) + ".m4s")));
            assertEquals(10, lastTen.split("PROGRAM-DATE-TIME", -1).length - 1, "" + shape);
        }
    }

    /** Whatever a hole looks like: durations add up to the dates as long as an entry may last as long as it must. */
    @Test
    void entriesOfAHoleLastAsLongAsTheHole() {
        Random random = new Random(20_261_129);
        for (int round = 0; round < 500; round++) {
            Segment before =
                    new Segment(A, FIRST, micros(random.nextInt(3_999_999)), 1 + random.nextInt(7_000_000), 1, 1, true);
            int missing = 1 + random.nextInt(5);
            long begin = micros(4_000_000L * (1 + missing) + random.nextInt(3_999_999));
            Segment after = new Segment(B, FIRST + 1 + missing, begin, 4_000_000, 1, 1, true);
            long holeMicros = begin - before.endUtcMicros();
            List<String[]> entries = entries(render(Shape.SLIDING, 0, before, after));
            assertEquals(missing + 2, entries.size());
            for (String[] entry : entries) {
                assertTrue(millis(entry[1]) <= 8_000 && millis(entry[1]) > 0, String.join(" ", entry));
            }
            if (holeMicros > 1_000L * missing && holeMicros <= 8_000_000L * missing) {
                for (int i = 1; i < entries.size(); i++) {
                    long date = Instant.parse(entries.get(i - 1)[0]).toEpochMilli() + millis(entries.get(i - 1)[1]);
                    assertEquals(Instant.parse(entries.get(i)[0]).toEpochMilli(), date, "round " + round);
                }
            }
        }
    }

    /** Date and duration of each. */
    private static List<String[]> entries(String playlist) {
        return Pattern.compile("DATE-TIME:(\\S+)\n(?:#EXT-X-GAP\n)?#EXTINF:([0-9.]+),")
                .matcher(playlist)
                .results()
                .map(match -> new String[] {match.group(1), match.group(2)})
                .toList();
    }

    private static long millis(String seconds) {
        return Math.round(1_000 * Double.parseDouble(seconds));
    }

    @Test
    void theTargetDurationIsTwoCellsInWholeSeconds() {
        assertEquals(8, MediaPlaylist.longestSeconds(4_000));
        assertEquals(3, MediaPlaylist.longestSeconds(1_001));
        assertEquals(3, MediaPlaylist.longestSeconds(1_500));
    }

    @Test
    void roundingNeverAddsUp() {
        Random random = new Random(7);
        List<Segment> segments = new ArrayList<>();
        long start = micros(0);
        for (int i = 0; i < 1_000; i++) {
            long duration = 3_900_000L + random.nextInt(200_000);
            segments.add(new Segment(A, FIRST + i, start, duration, 900, 100, true));
            start += duration;
        }
        double sum = 0;
        var durations = Pattern.compile("#EXTINF:([0-9.]+),")
                .matcher(render(Shape.FINITE, 0, segments.toArray(Segment[]::new)));
        while (durations.find()) {
            sum += Double.parseDouble(durations.group(1));
        }
        assertEquals((start - micros(0)) / 1e6, sum, 0.001);
    }

    @Test
    void writesTimesAsTheLibraryDoes() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            long millis = (long) (random.nextDouble() * 4e12);
            String expected = Instant.ofEpochMilli(millis).toString();
            if (expected.length() == 24) {
                String written =
                        new String(new PlaylistBuffer(8).instant(millis).toBytes(), StandardCharsets.ISO_8859_1);
                assertEquals(expected, written);
            }
        }
    }

    private static String render(Shape shape, long fromMicros, Segment... segments) {
        return render(shape, fromMicros, Part.MUXED, Map.of(), segments);
    }

    private static String render(
            Shape shape, long fromMicros, Part part, Map<TakeId, TrackFill> fills, Segment... segments) {
        UtcRange window = new UtcRange(micros(fromMicros), micros(7_200_000_000L));
        Holdings holdings = new Holdings(List.of(segments), List.of(), false, Optional.empty());
        Timeline timeline = Timeline.of("origin", holdings, window);
        byte[] bytes = MediaPlaylist.render(new View(timeline, shape, SegmentGrid.DEFAULT, 3, false, part, fills));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static long micros(long offset) {
        return SegmentGrid.DEFAULT.startUtcMicros(FIRST) + offset;
    }
}
