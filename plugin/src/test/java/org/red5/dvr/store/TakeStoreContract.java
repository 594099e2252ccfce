package org.red5.dvr.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Crc32c;

/** What every {@link TakeStore} answers, whoever holds the takes: this server, a peer, several of them, a fake in a test. */
public abstract class TakeStoreContract {
    protected static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    protected static final StreamKey CAMERA = new StreamKey("live", "camera");
    /** The first cell of an hour. */
    protected static final long NOON = 440_955_000;

    protected static final long NOW_MICROS = GRID.startUtcMicros(NOON + 300);

    private static final long HOUR = NOON / 900;
    private static final StreamKey UNKNOWN = new StreamKey("live", "unknown");
    private static final Duration WAIT = Duration.ofSeconds(2);

    /** A take as it was recorded. */
    protected interface Recorded {
        List<Segment> segments();

        byte[] bytes(int index) throws IOException;

        /** Adds the next segment. */
        void grow() throws IOException;

        /** Ends it. */
        void end(GapReason reason) throws IOException;

        default TakeId take() {
            return segments().get(0).take();
        }
    }

    /**
     * Records a take with both tracks that goes on.
     *
     * @param more how many segments may be added
     */
    protected abstract Recorded record(long firstNumber, int count, int more) throws IOException;

    /** What is asked, when all is recorded. */
    protected abstract TakeStore store() throws IOException;

    /** Lets time go by until something is answered, if time is the test's. */
    protected abstract void pass(Duration time);

    private static <T> T get(CompletableFuture<T> answer) throws Exception {
        return answer.get(20, TimeUnit.SECONDS);
    }

    @Test
    void ofAStreamThatNobodyKnowsThereIsNothing() throws Exception {
        Recorded take = record(NOON, 3, 0);
        TakeStore store = store();
        assertEquals(Optional.empty(), get(store.hours(UNKNOWN, HOUR, HOUR)));
        assertEquals(Optional.empty(), get(store.closedIndex(UNKNOWN, HOUR, take.take(), "0".repeat(32))));
        assertEquals(Optional.empty(), get(store.openIndex(UNKNOWN, HOUR, take.take(), 0)));
        assertEquals(Optional.empty(), get(store.initSegment(UNKNOWN, take.take())));
        assertEquals(Optional.empty(), get(store.segment(UNKNOWN, take.take(), NOON)));
        assertEquals(Optional.empty(), get(store.follow(new FollowRequest(UNKNOWN, 0, false, false), WAIT)));
    }

    @Test
    void streamsAreListedWithTheirSpans() throws Exception {
        Recorded take = record(NOON, 3, 0);
        TakeStore store = store();
        var streams = get(store.streams());
        assertEquals(
                List.of(CAMERA), streams.stream().map(each -> each.stream()).toList());
        assertTrue(streams.get(0).live());
        assertEquals(
                Optional.of(new UtcRange(
                        take.segments().get(0).startUtcMicros(),
                        take.segments().get(2).endUtcMicros())),
                streams.get(0).span());
    }

    @Test
    void closedHoursHaveADigestAndTheOthersNone() throws Exception {
        Recorded take = record(NOON - 2, 5, 0);
        take.end(GapReason.NOT_PUBLISHED);
        TakeStore store = store();
        HourListing listing = get(store.hours(CAMERA, HOUR - 1, HOUR + 3)).orElseThrow();
        assertEquals(
                List.of(HOUR - 1, HOUR),
                listing.hours().stream().map(HourListing.Hour::hour).toList());
        assertEquals(
                List.of(2, 3),
                listing.hours().stream().map(HourListing.Hour::segments).toList());
        assertEquals(
                List.of(true, false),
                listing.hours().stream().map(HourListing.Hour::closed).toList());
        assertTrue(listing.hours().stream().allMatch(hour -> hour.take().equals(take.take())));
        assertTrue(listing.isKnown());
        assertEquals(List.of(), listing.unanswered());
        assertEquals(
                List.of(),
                get(store.hours(CAMERA, HOUR + 1, HOUR + 2)).orElseThrow().hours());
    }

    @Test
    void aClosedIndexIsHadByItsDigest() throws Exception {
        Recorded take = record(NOON - 4, 5, 0);
        TakeStore store = store();
        String digest = get(store.hours(CAMERA, HOUR - 1, HOUR - 1))
                .orElseThrow()
                .hours()
                .get(0)
                .digest()
                .orElseThrow();
        HourIndex records = get(store.closedIndex(CAMERA, HOUR - 1, take.take(), digest))
                .orElseThrow()
                .index();
        assertEquals(digest, records.markedDigest());
        assertEquals(take.take(), records.take());
        assertEquals(HOUR - 1, records.hour());
        assertTrue(records.isEnded());
        assertEquals(take.segments().subList(0, 4), segments(records));
        for (int i = 0; i < 4; i++) {
            assertEquals(Crc32c.of(take.bytes(i)), records.mediaCrc(i));
        }
        assertNotEquals(digest, "0".repeat(32));
        assertEquals(Optional.empty(), get(store.closedIndex(CAMERA, HOUR - 1, take.take(), "0".repeat(32))));
        TakeId other = new TakeId("20261122T131502123Z-b");
        assertEquals(Optional.empty(), get(store.closedIndex(CAMERA, HOUR - 1, other, digest)));
    }

    @Test
    void anOpenIndexGoesOnFromAnyPosition() throws Exception {
        Recorded take = record(NOON, 3, 2);
        TakeStore store = store();
        HourIndex records = open(store, take, 0);
        assertEquals(take.segments(), segments(records));
        assertEquals(0, open(store, take, 3).count());
        assertEquals(0, open(store, take, 30).count());
        take.grow();
        take.grow();
        records = records.and(open(store, take, 3)).orElseThrow();
        assertEquals(5, records.count());
        assertEquals(take.segments(), segments(records));
        assertEquals(Optional.empty(), get(store.openIndex(CAMERA, HOUR + 1, take.take(), 0)));
    }

    private static HourIndex open(TakeStore store, Recorded take, int from) throws Exception {
        return get(store.openIndex(CAMERA, HOUR, take.take(), from))
                .orElseThrow()
                .index();
    }

    @Test
    void mediaComesWithAllTracksAndItsCrc() throws Exception {
        Recorded take = record(NOON - 2, 4, 0);
        TakeStore store = store();
        MediaBytes init =
                get(store.initSegment(CAMERA, take.take())).orElseThrow().bytes();
        var tracks = InitSegmentReader.parse(init.read(0, (int) init.lengthBytes()));
        assertTrue(tracks.video().isPresent() && tracks.audio().isPresent());
        for (int i = 0; i < 4; i++) {
            Segment segment = take.segments().get(i);
            SegmentReply reply =
                    get(store.segment(CAMERA, take.take(), segment.number())).orElseThrow();
            byte[] bytes = reply.bytes().read(0, (int) reply.bytes().lengthBytes());
            assertArrayEquals(take.bytes(i), bytes);
            assertEquals(Crc32c.of(bytes), reply.crc());
        }
        assertEquals(Optional.empty(), get(store.segment(CAMERA, take.take(), NOON + 2)));
    }

    @Test
    void whatIsThereIsToldAtOnceAndTheRestWhenItComes() throws Exception {
        Recorded take = record(NOON + 290, 8, 1);
        TakeStore store = store();
        long last = take.segments().get(7).number();
        FollowReply there = get(store.follow(new FollowRequest(CAMERA, last - 2, true, false), WAIT))
                .orElseThrow();
        assertEquals(take.segments().subList(6, 8), told(there));
        assertTrue(there.segments().stream().allMatch(each -> each.media().isEmpty()));
        CompletableFuture<Optional<FollowReply>> next =
                store.follow(new FollowRequest(CAMERA, last, true, true), Duration.ofSeconds(20));
        assertFalse(next.isDone());
        take.grow();
        pass(WAIT);
        FollowReply came = get(next).orElseThrow();
        assertEquals(take.segments().subList(8, 9), told(came));
        assertArrayEquals(take.bytes(8), came.segments().get(0).media().orElseThrow());
        assertEquals(Crc32c.of(take.bytes(8)), came.segments().get(0).crc());
    }

    @Test
    void whoeverFollowsIsToldOfTheEndAndInTimeThatNothingCame() throws Exception {
        Recorded take = record(NOON + 290, 8, 0);
        TakeStore store = store();
        FollowRequest known = new FollowRequest(CAMERA, take.segments().get(7).number(), true, false);
        CompletableFuture<Optional<FollowReply>> nothing = store.follow(known, WAIT);
        pass(WAIT.multipliedBy(2));
        assertFalse(get(nothing).orElseThrow().isNewTo(known));
        CompletableFuture<Optional<FollowReply>> end = store.follow(known, Duration.ofSeconds(20));
        assertFalse(end.isDone());
        take.end(GapReason.NOT_PUBLISHED);
        pass(WAIT);
        FollowReply told = get(end).orElseThrow();
        assertFalse(told.live());
        assertEquals(
                List.of(new TakeEnd(take.take(), take.segments().get(7).endUtcMicros(), GapReason.NOT_PUBLISHED)),
                told.ends());
    }

    private static List<Segment> told(FollowReply reply) {
        return reply.segments().stream().map(FollowReply.New::segment).toList();
    }

    private static List<Segment> segments(HourIndex records) {
        return IntStream.range(0, records.count()).mapToObj(records::segment).toList();
    }
}
