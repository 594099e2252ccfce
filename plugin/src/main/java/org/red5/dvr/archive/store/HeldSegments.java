package org.red5.dvr.archive.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.archive.ArchiveListeners;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.StreamArchive;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * Segments of an archive as whoever follows a stream is told of them: with their CRCs, and as they come. Any thread may call; a call may
 * read the disk.
 */
final class HeldSegments {
    /** So many of the latest segments somebody who follows a stream is told at once. */
    private static final int MOST_NEW = 32;

    private final LocalArchive archive;
    private final String node;

    HeldSegments(LocalArchive archive, String node) {
        this.archive = archive;
        this.node = node;
    }

    /** The bytes of a segment with all its tracks. */
    Optional<SegmentReply> held(StreamKey stream, TakeId take, long number) throws IOException {
        return archive.segment(stream, take, number)
                .flatMap(found -> found.segment(number, Part.MUXED)
                        .map(bytes -> new SegmentReply(bytes, node, found.crc(number))));
    }

    /**
     * The latest segments behind a number, without their bytes, as far back as the hour before the last, and the ends of takes since that
     * number; empty for a stream that is not here.
     */
    Optional<FollowReply> after(StreamKey stream, long number) throws IOException {
        Optional<StreamArchive> found = archive.archive(stream);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        return archive.read(found.get(), () -> Optional.of(after(found.get(), number)));
    }

    private FollowReply after(StreamArchive hours, long number) throws IOException {
        boolean live = hours.isLive();
        long sinceMicros = number * hours.periodMicros();
        List<FollowReply.New> segments = new ArrayList<>();
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
                        (FollowReply.New listed) -> listed.segment().number())
                .thenComparing(listed -> listed.segment().take()));
        List<FollowReply.New> latest = segments.subList(Math.max(0, segments.size() - MOST_NEW), segments.size());
        return new FollowReply(live, latest, ends);
    }

    private void collect(HourIndex index, long afterNumber, List<FollowReply.New> segments) {
        for (int i = index.count() - 1; i >= 0 && index.number(i) > afterNumber; i--) {
            if (index.isHere(i)) {
                segments.add(new FollowReply.New(
                        index.segment(i), node, index.header().ordinal(), index.mediaCrc(i), Optional.empty()));
            }
        }
    }

    /**
     * Has somebody told that a stream has a segment more, or that its recording has begun or ended, until what is returned is run. He is
     * told by the thread that writes, and must only hand it on. Empty for a stream that is not here.
     */
    Optional<Runnable> listen(StreamKey stream, Runnable listener) throws IOException {
        Optional<ArchiveListeners> listeners = archive.archive(stream).map(StreamArchive::listeners);
        listeners.ifPresent(known -> known.add(listener));
        return listeners.map(known -> () -> known.remove(listener));
    }
}
