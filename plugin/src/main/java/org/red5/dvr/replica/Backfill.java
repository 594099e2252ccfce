package org.red5.dvr.replica;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.red5.dvr.archive.NotToBeFilledException;
import org.red5.dvr.copies.HourCopier;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.LruMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the hours of sources with what is here, by digests, and fetches what is missing, an hour of a take at a time. What came stays, so it
 * goes on where it was after a restart. What was asked for in vain is asked for again when one of the two has changed. One thread.
 */
final class Backfill {
    private static final Logger log = LoggerFactory.getLogger(Backfill.class);
    /** A server reads and hashes an index for each, for every take. */
    private static final int HOURS_IN_A_LIST = 100;

    private static final Duration LIST_PATIENCE = Duration.ofSeconds(10);
    private static final int MOST_REMEMBERED = 200_000;

    private final TakeStore own;
    private final HourFiller filler;
    private final KeptHours kept;
    private final Followed followed;
    private final CopyTroubles troubles;
    private final ReplicaCounts counts;
    private final Timing time;
    /** What there was of an hour on both sides when nothing more could be had of it. */
    private final Map<Compared, Sides> settled = new LruMap<>(MOST_REMEMBERED);

    /** From which number on the segments of a stream come in another way; {@link Long#MAX_VALUE} when none do. */
    @FunctionalInterface
    interface Followed {
        long fromNumber(StreamKey stream);
    }

    private record Compared(String source, HourFile file) {}

    private record Sides(HourListing.Hour there, Optional<HourListing.Hour> here) {}

    /** An hour of a take that a source has more of. */
    private record Due(Replicated from, HourFile file, Sides sides) {
        ReplicaSource source() {
            return from.source();
        }

        /** About. */
        long segments() {
            int known = sides.here().map(HourListing.Hour::segments).orElse(0);
            return Math.max(1, sides.there().segments() - known);
        }
    }

    /**
     * @param own what is here
     * @param followed what comes by itself
     */
    Backfill(
            TakeStore own,
            HourFiller filler,
            KeptHours kept,
            Followed followed,
            CopyTroubles troubles,
            ReplicaCounts counts,
            Timing time) {
        this.own = own;
        this.filler = filler;
        this.kept = kept;
        this.followed = followed;
        this.troubles = troubles;
        this.counts = counts;
        this.time = time;
    }

    /**
     * One comparison with some sources, and all that follows from it.
     *
     * @param sources whose archives are copied
     * @param isOutdated whether a new comparison is wanted: then what is left is found by that
     */
    void pass(List<Replicated> sources, BooleanSupplier isOutdated) {
        List<Due> due = new ArrayList<>();
        for (Replicated source : sources) {
            try {
                due.addAll(compare(source));
            } catch (UnreachableException e) {
                log.debug("{} is not compared now: {}", source.source().name(), e.getMessage());
            }
        }
        long left = due.stream().mapToLong(Due::segments).sum();
        counts.left(left);
        for (Due each : due) {
            if (isOutdated.getAsBoolean() || Thread.currentThread().isInterrupted()) {
                return;
            }
            fill(each);
            left -= each.segments();
            counts.left(left);
        }
    }

    private void fill(Due due) {
        HourFile file = due.file();
        long below = followed.fromNumber(file.stream());
        try {
            if (filler.fill(file, due.source(), below, due.from().pace()) == 0 && below == Long.MAX_VALUE) {
                settled.put(new Compared(due.source().name(), file), due.sides());
            }
            troubles.ends(file.stream());
        } catch (UnreachableException e) {
            log.debug("{} is not copied from {} now: {}", file, due.source().name(), e.getMessage());
        } catch (NotToBeFilledException e) {
            settled.put(new Compared(due.source().name(), file), due.sides());
            log.info("{} is not copied from {}: {}", file, due.source().name(), e.getMessage());
        } catch (IOException e) {
            troubles.begins(file.stream(), e);
        }
    }

    private List<Due> compare(Replicated replicated) throws UnreachableException {
        ReplicaSource source = replicated.source();
        List<Due> due = new ArrayList<>();
        for (StreamListing listing : list(source.takes(LIST_PATIENCE).streams())) {
            if (source.streams().contains(listing.stream()) && replicated.serves(listing.stream())) {
                due.addAll(compare(replicated, listing));
            }
        }
        Comparator<Due> byHour = Comparator.comparingLong(each -> each.file().hour());
        due.sort(replicated.isNewestFirst() ? byHour.reversed() : byHour);
        return due;
    }

    private List<Due> compare(Replicated replicated, StreamListing listing) throws UnreachableException {
        StreamKey stream = listing.stream();
        Optional<UtcRange> span = listing.span();
        if (span.isEmpty()) {
            return List.of();
        }
        // Its last hour may have begun since it was listed.
        long last = Math.max(Hours.at(span.get().toMicros()), Hours.at(time.micros())) + 1;
        long first = Math.max(Hours.at(span.get().fromMicros()) - 1, kept.firstKept(stream));
        List<Due> due = new ArrayList<>();
        for (long from = first; from <= last; from += HOURS_IN_A_LIST) {
            due.addAll(compare(replicated, stream, from, Math.min(last, from + HOURS_IN_A_LIST - 1)));
        }
        return due;
    }

    private List<Due> compare(Replicated replicated, StreamKey stream, long from, long to) throws UnreachableException {
        ReplicaSource source = replicated.source();
        Optional<HourListing> there = list(source.takes(LIST_PATIENCE).hours(stream, from, to));
        Map<HourFile, HourListing.Hour> here = new HashMap<>();
        list(own.hours(stream, from, to))
                .ifPresent(listing -> listing.hours().forEach(hour -> here.put(file(stream, hour), hour)));
        List<Due> due = new ArrayList<>();
        for (HourListing.Hour hour : there.map(HourListing::hours).orElse(List.of())) {
            HourFile file = file(stream, hour);
            Sides sides = new Sides(hour, Optional.ofNullable(here.get(file)));
            if (isWorthAsking(source, file, sides)) {
                due.add(new Due(replicated, file, sides));
            }
        }
        return due;
    }

    private static <T> T list(CompletableFuture<T> asked) throws UnreachableException {
        return HourCopier.answer(asked, LIST_PATIENCE.toMillis());
    }

    private static HourFile file(StreamKey stream, HourListing.Hour hour) {
        return new HourFile(stream, hour.hour(), hour.take());
    }

    private boolean isWorthAsking(ReplicaSource source, HourFile file, Sides sides) throws UnreachableException {
        boolean isSame = sides.there().closed()
                && sides.here()
                        .map(HourListing.Hour::digest)
                        .equals(Optional.of(sides.there().digest()));
        if (isSame || sides.equals(settled.get(new Compared(source.name(), file)))) {
            return false;
        }
        try {
            return !filler.isBeingRecorded(file);
        } catch (IOException e) {
            throw new UnreachableException(e.toString());
        }
    }
}
