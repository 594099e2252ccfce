package org.red5.dvr.archive;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.MediaBytes;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;

/**
 * What an archive holds as other servers are told it: hour by hour, with the bytes of indexes as they are on disk. Any thread
 * may call; a call may read the disk.
 */
public final class HeldHours {
    /** A take that starts at the very end of an hour appears in it when its first segment is whole and written. */
    private static final long CLOSED_AFTER_MILLIS = 60_000;

    /** So many of the latest segments somebody who follows a stream is told at once. */
    private static final int MOST_NEW = 32;

    private final LocalArchive archive;
    private final Clock clock;

    public HeldHours(LocalArchive archive, Clock clock) {
        this.archive = archive;
        this.clock = clock;
    }

    /**
     * One take in one hour.
     *
     * @param hour since the Unix epoch
     * @param take the take
     * @param segments how many it lists, damaged ones too
     * @param digest of one that will stay as it is until it is deleted: the first 16 bytes of SHA-256 over its index
     */
    public record HeldHour(long hour, TakeId take, int segments, Optional<String> digest) {}

    /**
     * A stream in some hours.
     *
     * @param live whether it is being recorded now
     * @param span from the first to the last segment of the stream, in whatever hour; empty when there is none
     * @param hours by hour, then take
     * @param ends those that no index of these hours tells, and the last before them
     */
    public record Listing(boolean live, Optional<UtcRange> span, List<HeldHour> hours, List<TakeEnd> ends) {}

    /**
     * A segment and what its index tells besides.
     *
     * @param ordinal of its take
     * @param crc CRC-32C of its bytes
     */
    public record ListedSegment(Segment segment, int ordinal, int crc) {}

    /**
     * The end of a stream.
     *
     * @param segments by number, then take
     * @param ends of takes, by time
     */
    public record Tail(boolean live, List<ListedSegment> segments, List<TakeEnd> ends) {}

    /**
     * Bytes of a segment.
     *
     * @param crc their CRC-32C
     */
    public record CheckedBytes(MediaBytes bytes, int crc) {}

    /** The hours of a stream, both included; empty for a stream that is not here. */
    public Optional<Listing> hours(StreamKey stream, long fromHour, long toHour) throws IOException {
        Optional<StreamArchive> found = archive.archive(stream);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        return archive.read(found.get(), () -> Optional.of(hours(found.get(), fromHour, toHour)));
    }

    private Listing hours(StreamArchive hours, long fromHour, long toHour) throws IOException {
        long closed = Math.floorDiv(clock.millis() - CLOSED_AFTER_MILLIS, Hours.MILLIS) - 1;
        hours.hours().tellClosed(closed);
        List<HeldHour> held = new ArrayList<>();
        List<TakeEnd> told = new ArrayList<>();
        List<TakeEnd> expired = new ArrayList<>();
        OptionalLong hour = hours.hours().hourAfter(fromHour - 1);
        while (hour.isPresent() && hour.getAsLong() <= toHour) {
            boolean isClosed = hour.getAsLong() <= closed && !hours.hours().isOpen(hour.getAsLong());
            for (HourIndex index : hours.hours().hour(hour.getAsLong())) {
                Optional<String> digest = isClosed ? Optional.of(index.markedDigest()) : Optional.empty();
                held.add(new HeldHour(hour.getAsLong(), index.take(), index.count(), digest));
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
        return new Listing(hours.isLive(), hours.history().span(), held, List.copyOf(ends));
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

    /** The index of a take in a closed hour; empty when there is none with that digest. */
    public Optional<byte[]> closedIndex(StreamKey stream, long hour, TakeId take, String digest) throws IOException {
        return index(stream, hour, take)
                .filter(index -> index.markedDigest().equals(digest))
                .map(index -> index.toMarkedBytes(0));
    }

    /** The header and the records from a position on of a take in an hour; empty when it has none there. */
    public Optional<byte[]> openIndex(StreamKey stream, long hour, TakeId take, int fromPosition) throws IOException {
        return index(stream, hour, take).map(index -> index.toMarkedBytes(fromPosition));
    }

    private Optional<HourIndex> index(StreamKey stream, long hour, TakeId take) throws IOException {
        Optional<StreamArchive> hours = archive.archive(stream);
        return hours.isEmpty()
                ? Optional.empty()
                : archive.read(hours.get(), () -> hours.get().hours().hour(hour)).stream()
                        .filter(index -> index.take().equals(take))
                        .findFirst();
    }

    /** The bytes of a segment with all its tracks. */
    public Optional<CheckedBytes> segment(StreamKey stream, TakeId take, long number) throws IOException {
        Optional<HourIndex> index = archive.index(stream, take, number);
        Optional<MediaBytes> bytes = archive.segment(stream, take, number, Part.MUXED);
        return index.isEmpty() || bytes.isEmpty()
                ? Optional.empty()
                : Optional.of(new CheckedBytes(
                        bytes.get(), index.get().mediaCrc(index.get().positionOf(number))));
    }

    /**
     * The latest segments behind a number, as far back as the hour before the last, and the ends of takes since that number;
     * empty for a stream that is not here.
     */
    public Optional<Tail> after(StreamKey stream, long number) throws IOException {
        Optional<StreamArchive> found = archive.archive(stream);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        return archive.read(found.get(), () -> Optional.of(after(found.get(), number)));
    }

    private static Tail after(StreamArchive hours, long number) throws IOException {
        boolean live = hours.isLive();
        long sinceMicros = number * hours.periodMicros();
        List<ListedSegment> segments = new ArrayList<>();
        List<TakeEnd> ends = new ArrayList<>(hours.troubles());
        OptionalLong last = hours.hours().lastHour();
        if (last.isPresent()) {
            long first = Math.max(Hours.at(sinceMicros), last.getAsLong() - 1);
            for (long hour = first; hour <= last.getAsLong(); hour++) {
                for (HourIndex index : hours.hours().hour(hour)) {
                    collect(index, number, segments);
                    ends.addAll(index.ends());
                }
            }
        }
        // The number may be ahead of the cell in which its segment starts.
        long endsSinceMicros = sinceMicros - SegmentGrid.MOST_AHEAD * hours.periodMicros();
        ends.removeIf(end -> end.utcMicros() < endsSinceMicros);
        ends.sort(Comparator.comparingLong(TakeEnd::utcMicros));
        segments.sort(Comparator.comparingLong(
                        (ListedSegment listed) -> listed.segment().number())
                .thenComparing(listed -> listed.segment().take()));
        List<ListedSegment> latest = segments.subList(Math.max(0, segments.size() - MOST_NEW), segments.size());
        return new Tail(live, List.copyOf(latest), ends);
    }

    private static void collect(HourIndex index, long afterNumber, List<ListedSegment> segments) {
        for (int i = index.count() - 1; i >= 0 && index.number(i) > afterNumber; i--) {
            if (index.isHere(i)) {
                segments.add(new ListedSegment(index.segment(i), index.header().ordinal(), index.mediaCrc(i)));
            }
        }
    }

    /** Whether a stream is being recorded. */
    public boolean isLive(StreamKey stream) throws IOException {
        return archive.archive(stream).map(StreamArchive::isLive).orElse(false);
    }

    /**
     * Has somebody told that a stream has a segment more, or that its recording has begun or ended, until what is returned is run. He is
     * told by the thread that writes, and must only hand it on. Empty for a stream that is not here.
     */
    public Optional<Runnable> listen(StreamKey stream, Runnable listener) throws IOException {
        Optional<Growth> growth = archive.archive(stream).map(StreamArchive::growth);
        growth.ifPresent(known -> known.listen(listener));
        return growth.map(known -> () -> known.unlisten(listener));
    }

    /** Grows whenever what was told of closed hours is not true any more. */
    public long closedChanges() {
        return archive.closedChanges();
    }
}
