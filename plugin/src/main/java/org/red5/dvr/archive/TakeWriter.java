package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.red5.dvr.archive.files.DiskFullException;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.FileRemovedException;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;

/**
 * Records one take: a file for each hour, by the numbers of its segments. Used by one thread. After an error nothing more
 * can be appended; what was appended before stays.
 */
public final class TakeWriter {
    private final StreamArchive archive;
    private final TakeId take;
    private final SegmentGrid grid;
    private final int ordinal;
    private final byte[] init;
    private final ByteBuffer buffer;
    private final DiskSync sync;
    private Optional<HourWriter> current = Optional.empty();
    private long endUtcMicros;
    private long nextNumber = Long.MIN_VALUE;

    TakeWriter(
            StreamArchive archive,
            TakeId take,
            SegmentGrid grid,
            int ordinal,
            byte[] init,
            ByteBuffer buffer,
            DiskSync sync) {
        this.archive = archive;
        this.take = take;
        this.grid = grid;
        this.ordinal = ordinal;
        this.init = init;
        this.buffer = buffer;
        this.sync = sync;
        this.endUtcMicros = take.startUtcMillis() * 1_000;
    }

    public TakeId take() {
        return take;
    }

    /**
     * Appends a segment, whose number is the one after the last; readers see it when this returns. Gives its length in
     * bytes.
     *
     * @throws DiskFullException when it did not fit
     * @throws IOException when it could not be written
     */
    public int append(SegmentContent content) throws IOException {
        if (content.number() != nextNumber && nextNumber != Long.MIN_VALUE) {
            throw new IllegalArgumentException(
                    take + ": segment " + content.number() + " where " + nextNumber + " is due");
        }
        long hour = Hours.at(grid.startUtcMicros(content.number()));
        if (current.isEmpty() || current.get().hour() != hour) {
            enter(hour, content.startUtcMicros() < grid.startUtcMicros(content.number()));
        }
        int bytes;
        try {
            bytes = current.orElseThrow().append(content);
        } catch (FileRemovedException e) {
            // What the end of the take says is gone with its file.
            archive.notRecorded(take, endUtcMicros, GapReason.DISK_ERROR);
            throw e;
        }
        endUtcMicros = content.endUtcMicros();
        nextNumber = content.number() + 1;
        archive.listeners().changed();
        return bytes;
    }

    /**
     * Ends the take.
     *
     * @param reason why nothing of it follows
     * @throws IOException when that could not be written yet; readers know it all the same, and it is written before the
     *     stream's next take
     */
    public void end(GapReason reason) throws IOException {
        if (current.isPresent()) {
            HourWriter last = current.get();
            current = Optional.empty();
            leave(last, Optional.of(reason));
        }
    }

    /** Opens the new hour before the old one is closed: to readers the take never stops in between. */
    private void enter(long hour, boolean startsEarly) throws IOException {
        archive.mayWrite(take, endUtcMicros);
        archive.hours().creating(hour, take);
        HourWriter next;
        try {
            next = new HourWriter(
                    archive.disk(),
                    archive.hours().hourDirectory(hour),
                    hour,
                    take,
                    grid,
                    ordinal,
                    startsEarly,
                    init,
                    buffer,
                    sync);
            archive.opened(next);
        } finally {
            archive.hours().created(hour, take);
        }
        Optional<HourWriter> previous = current;
        current = Optional.of(next);
        if (previous.isPresent()) {
            leave(previous.get(), Optional.empty());
        }
    }

    private void leave(HourWriter writer, Optional<GapReason> reason) throws IOException {
        try {
            writer.end(new IndexFormat.End(endUtcMicros, reason));
        } finally {
            archive.hours().ended(writer);
            archive.listeners().changed();
        }
    }
}
