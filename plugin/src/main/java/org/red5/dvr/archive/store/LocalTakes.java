package org.red5.dvr.archive.store;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/** What an archive holds, hour by hour. Any thread may call. All but what is waited for is read, and answered, by the time a call returns. */
public final class LocalTakes implements TakeStore {
    /** A take that starts at the very end of an hour appears in it when its first segment is whole and written. */
    private static final long CLOSED_AFTER_MILLIS = 60_000;

    private final LocalArchive archive;
    private final Clock clock;
    private final String node;
    private final HeldSegments segments;
    private final Executor followers;

    /**
     * @param clock tells which hours are over
     * @param node this server's name
     * @param followers reads what is new for those that wait for it
     */
    public LocalTakes(LocalArchive archive, Clock clock, String node, Executor followers) {
        this.archive = archive;
        this.clock = clock;
        this.node = node;
        this.segments = new HeldSegments(archive, node);
        this.followers = followers;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return Futures.of(archive::listings);
    }

    @Override
    public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
        return Futures.of(() -> {
            Optional<StreamArchive> found = archive.archive(stream);
            return found.isEmpty()
                    ? Optional.empty()
                    : archive.read(found.get(), () -> Optional.of(hours(found.get(), fromHour, toHour)));
        });
    }

    private HourListing hours(StreamArchive hours, long fromHour, long toHour) throws IOException {
        long closed = Math.floorDiv(clock.millis() - CLOSED_AFTER_MILLIS, Hours.MILLIS) - 1;
        hours.hours().tellClosed(closed);
        List<HourListing.Hour> held = new ArrayList<>();
        List<TakeEnd> told = new ArrayList<>();
        List<TakeEnd> expired = new ArrayList<>();
        OptionalLong hour = hours.hours().hourAfter(fromHour - 1);
        while (hour.isPresent() && hour.getAsLong() <= toHour) {
            boolean isClosed = hour.getAsLong() <= closed && !hours.hours().isOpen(hour.getAsLong());
            for (HourIndex index : hours.hours().hour(hour.getAsLong())) {
                // The end of a copy may not have come yet.
                boolean stays = isClosed && !index.isRecording();
                Optional<String> digest = stays ? Optional.of(index.markedDigest()) : Optional.empty();
                held.add(new HourListing.Hour(hour.getAsLong(), index.take(), node, index.count(), stays, digest));
                told.addAll(index.ends());
            }
            expired.addAll(hours.history().expiredAfter(hour.getAsLong(), Long.MAX_VALUE));
            expired.addAll(hours.hours().newerEnds(hour.getAsLong()));
            hour = hours.hours().hourAfter(hour.getAsLong());
        }
        List<TakeEnd> ends = untold(hours, fromHour, toHour);
        ends.removeAll(told);
        ends.removeAll(expired);
        ends.addAll(expired);
        return new HourListing(hours.isLive(), hours.history().span(), held, ends, List.of(), Skipped.NONE);
    }

    private static List<TakeEnd> untold(StreamArchive hours, long fromHour, long toHour) throws IOException {
        long fromMicros = Hours.beginMicros(fromHour);
        long toMicros = Hours.beginMicros(toHour + 1);
        List<TakeEnd> ends = new ArrayList<>(
                hours.history().holdings(new UtcRange(fromMicros, fromMicros)).ends());
        hours.troubles().stream()
                .filter(end -> end.utcMicros() > fromMicros && end.utcMicros() <= toMicros)
                .forEach(ends::add);
        return ends;
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> closedIndex(
            StreamKey stream, long hour, TakeId take, String digest) {
        return Futures.of(() -> index(stream, hour, take)
                .filter(index -> index.markedDigest().equals(digest))
                .map(index -> new IndexReply(index, node)));
    }

    @Override
    public CompletableFuture<Optional<IndexReply>> openIndex(
            StreamKey stream, long hour, TakeId take, int fromPosition) {
        return Futures.of(() -> index(stream, hour, take).map(index -> new IndexReply(index.from(fromPosition), node)));
    }

    private Optional<HourIndex> index(StreamKey stream, long hour, TakeId take) throws IOException {
        Optional<StreamArchive> hours = archive.archive(stream);
        return hours.isEmpty()
                ? Optional.empty()
                : archive.read(hours.get(), () -> hours.get().hours().hour(hour)).stream()
                        .filter(index -> index.take().equals(take))
                        .findFirst();
    }

    @Override
    public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
        return Futures.of(() -> archive.initSegment(stream, take, Part.MUXED).map(bytes -> new InitReply(bytes, node)));
    }

    @Override
    public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
        return Futures.of(() -> segments.held(stream, take, number));
    }

    @Override
    public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
        return new LocalFollow(segments, request, followers).answer(atMost);
    }
}
