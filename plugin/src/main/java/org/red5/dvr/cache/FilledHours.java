package org.red5.dvr.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * Which hours of takes a cache has something of, in memory: so what is not there is not looked for on the disk. Any thread may read, one
 * changes.
 */
final class FilledHours {
    /** File systems give room in blocks of so many bytes. */
    private static final long BLOCK_BYTES = 4_096;

    private final Map<HourFile, Filled> hours = new ConcurrentHashMap<>();
    private final Eviction<HourFile> eviction;
    private final LongSupplier nanoTime;

    /**
     * An hour.
     *
     * @param lastListed the highest number that its index lists, -1 when it lists none
     * @param mayGrow whether its index may be of an hour that goes on
     * @param putNanos when something was put there last that the disk has not been told to keep; 0 when there is nothing like that
     */
    record Filled(long lastListed, boolean mayGrow, long putNanos) {}

    /**
     * @param eviction told what there is and what is used
     */
    FilledHours(Eviction<HourFile> eviction, LongSupplier nanoTime) {
        this.eviction = eviction;
        this.nanoTime = nanoTime;
    }

    Optional<Filled> of(HourFile file) {
        return Optional.ofNullable(hours.get(file));
    }

    Set<HourFile> all() {
        return Set.copyOf(hours.keySet());
    }

    /** An hour of a take; empty when there is none. */
    OptionalLong ofTake(StreamKey stream, TakeId take) {
        return hours.keySet().stream()
                .filter(file -> file.take().equals(take) && file.stream().equals(stream))
                .mapToLong(HourFile::hour)
                .findAny();
    }

    boolean has(HourFile file) {
        return hours.containsKey(file);
    }

    /**
     * An index came, or is longer now.
     *
     * @param isForExport whether only a copy of a long window needs it
     */
    void listed(HourFile file, HourIndex index, boolean isForExport) {
        Filled before = hours.get(file);
        long putNanos = before == null ? 0 : before.putNanos();
        hours.put(file, new Filled(lastListed(index), index.isRecording(), putNanos));
        long more = before == null ? blocks(index.sizeBytes()) + 2 * BLOCK_BYTES : BLOCK_BYTES;
        grown(file, more, isForExport);
    }

    private void grown(HourFile file, long more, boolean isForExport) {
        long now = nanoTime.getAsLong();
        if (isForExport) {
            eviction.grownForExport(file, more, now);
        } else {
            eviction.grown(file, more, now);
        }
    }

    /** It was here when the server began. */
    void restored(HourFile file, HourIndex index, long bytes, long usedNanos) {
        hours.put(file, new Filled(lastListed(index), index.isRecording(), nanoTime.getAsLong() | 1));
        eviction.restored(file, bytes, usedNanos);
    }

    /** How much room what is here of an hour takes, about. */
    static long bytes(HourIndex index) {
        long bytes = blocks(index.sizeBytes()) + 2 * BLOCK_BYTES;
        for (int position = 0; position < index.count(); position++) {
            bytes += index.isHere(position) ? blocks(index.lengthBytes(position)) : 0;
        }
        return bytes;
    }

    private static long lastListed(HourIndex index) {
        return index.count() == 0 ? -1 : index.number(index.count() - 1);
    }

    private static long blocks(long bytes) {
        return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }

    /**
     * So many bytes of a segment were put in.
     *
     * @param isForExport as in {@link #listed}
     */
    void filled(HourFile file, long bytes, boolean isForExport) {
        hours.computeIfPresent(
                file, (key, before) -> new Filled(before.lastListed(), before.mayGrow(), nanoTime.getAsLong() | 1));
        grown(file, blocks(bytes), isForExport);
    }

    void forget(HourFile file) {
        hours.remove(file);
        eviction.removed(file);
    }

    /** The hours that nothing was put into for so long, and whose disk has not been told to keep all. */
    List<HourFile> unforced(long idleNanos) {
        List<HourFile> idle = new ArrayList<>();
        long now = nanoTime.getAsLong();
        hours.forEach((file, filled) -> {
            if (filled.putNanos() != 0 && now - filled.putNanos() >= idleNanos) {
                idle.add(file);
            }
        });
        return idle;
    }

    /** The disk keeps all of it. */
    void forced(HourFile file) {
        hours.computeIfPresent(file, (key, before) -> new Filled(before.lastListed(), before.mayGrow(), 0));
    }
}
