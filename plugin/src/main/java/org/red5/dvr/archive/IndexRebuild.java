package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;

/** Makes the records of an index anew, from what is left of the old ones and from the media. Used once, by one thread. */
final class IndexRebuild {
    private final IndexImage image;
    private final MediaScanner media;
    private final MediaScanner.Init init;
    private final TakeId take;
    private final SegmentGrid grid;
    private final long checkedFromBytes;
    private final List<String> findings = new ArrayList<>();
    private ByteBuffer records = ByteBuffer.allocate(64 * IndexFormat.RECORD_BYTES);
    private int count;
    private long offset;
    /** The last record, when it was made from the media: how long it lasts is known when the next one begins. */
    private Optional<MediaScanner.Found> last = Optional.empty();

    /**
     * @param checkedTailBytes checksums are looked at of segments that end in this many last bytes of the media
     */
    IndexRebuild(
            IndexImage image,
            MediaScanner media,
            MediaScanner.Init init,
            TakeId take,
            SegmentGrid grid,
            int checkedTailBytes) {
        this.image = image;
        this.media = media;
        this.init = init;
        this.take = take;
        this.grid = grid;
        this.checkedFromBytes = media.size() - checkedTailBytes;
        this.offset = init.bytes();
    }

    /** Goes through all that was listed, and, where the index has no end, through what follows it in the media. */
    void run() throws IOException {
        for (int place = 0; place < image.segments(); place++) {
            if (image.isWhole(place)) {
                listed(place);
            } else {
                unlisted(place);
            }
        }
        if (image.end().isEmpty()) {
            forgetWhatNeverCame();
            follow();
        }
    }

    /** What was found wrong, in words. */
    List<String> findings() {
        return findings;
    }

    int count() {
        return count;
    }

    /** The records, and room for one more. */
    ByteBuffer records() {
        makeRoom();
        return records;
    }

    /** Where the media ends that belongs to a record. */
    long mediaEndBytes() {
        long end = init.bytes();
        for (int place = 0; place < count; place++) {
            long recordEnd = IndexFormat.endOffsetBytes(records, IndexImage.at(place));
            end = recordEnd <= media.size() ? Math.max(end, recordEnd) : end;
        }
        return end;
    }

    /** Where the last whole segment ends, or the first begins where none is whole; there must be a record. */
    long endUtcMicros() {
        for (int place = count - 1; place >= 0; place--) {
            if (!IndexFormat.isDamaged(records, IndexImage.at(place))) {
                return IndexFormat.segment(records, IndexImage.at(place), take, grid)
                        .endUtcMicros();
            }
        }
        return IndexFormat.startUtcMicros(records, 0, grid);
    }

    private void listed(int place) throws IOException {
        int from = IndexImage.at(place);
        makeRoom();
        records.put(IndexImage.at(count), image.records(), from, IndexFormat.RECORD_BYTES);
        boolean known = IndexFormat.isDamaged(image.records(), from);
        if (!known) {
            lasts(IndexFormat.startUtcMicros(image.records(), from, grid));
        }
        last = Optional.empty();
        long start = IndexFormat.offsetBytes(image.records(), from);
        long end = IndexFormat.endOffsetBytes(image.records(), from);
        if (!known && end > media.size()) {
            damaged("its media is cut off");
        } else if (!known && end > checkedFromBytes && !hasItsChecksum(from, start, end)) {
            damaged("its media fails its CRC");
        }
        offset = Math.max(offset, end);
        count++;
    }

    private boolean hasItsChecksum(int from, long start, long end) throws IOException {
        return media.crc(start, end - start)
                .filter(crc -> crc == IndexFormat.mediaCrc(image.records(), from))
                .isPresent();
    }

    private void damaged(String how) {
        int at = IndexImage.at(count);
        IndexFormat.markDamaged(records, at);
        findings.add("segment " + IndexFormat.number(records, at) + " is damaged: " + how);
    }

    /** A record that is not whole, with whole ones behind it. */
    private void unlisted(int place) throws IOException {
        long number = image.number(place).orElseThrow();
        Optional<MediaScanner.Found> found = media.segmentAt(offset, take, init.content(), grid);
        if (found.isPresent()
                && found.get().segment().number() == number
                && found.get().endOffsetBytes() <= limit(place)) {
            findings.add("segment " + number + " is listed again from its media");
            put(found.get());
        } else {
            lost(number);
        }
    }

    /** Where the media of the next segment begins whose record is whole. */
    private long limit(int place) {
        for (int next = place + 1; next < image.segments(); next++) {
            long start = IndexFormat.offsetBytes(image.records(), IndexImage.at(next));
            if (image.isWhole(next) && start > 0) {
                return start;
            }
        }
        return media.size();
    }

    private void lost(long number) {
        makeRoom();
        IndexFormat.putLost(records, IndexImage.at(count), number, grid);
        findings.add("segment " + number + " is lost");
        last = Optional.empty();
        count++;
    }

    /** Segments that were listed last and have no media, in a take that nobody ended, never reached the disk. */
    private void forgetWhatNeverCame() {
        while (count > 0 && IndexFormat.endOffsetBytes(records, IndexImage.at(count - 1)) > media.size()) {
            count--;
        }
        offset = mediaEndBytes();
    }

    private void follow() throws IOException {
        int before = count;
        Optional<MediaScanner.Found> found = next();
        while (found.isPresent()) {
            for (long number = expected(found.get());
                    number < found.get().segment().number();
                    number++) {
                lost(number);
            }
            put(found.get());
            found = next();
        }
        if (count > before) {
            findings.add(count - before + " segments are listed again from the media");
        }
    }

    /** The segment that follows, with others before it where bytes between are no segments. */
    private Optional<MediaScanner.Found> next() throws IOException {
        long most = 3_600_000L / grid.periodMillis();
        return media.segmentFrom(offset, take, init.content(), grid).filter(found -> {
            long ahead = found.segment().number() - expected(found);
            return ahead >= 0 && count + ahead <= most;
        });
    }

    private long expected(MediaScanner.Found found) {
        return count == 0 ? found.segment().number() : IndexFormat.number(records, IndexImage.at(count - 1)) + 1;
    }

    private void put(MediaScanner.Found found) {
        makeRoom();
        lasts(found.segment().startUtcMicros());
        IndexFormat.putSegment(records, IndexImage.at(count), found.segment(), grid, found.offsetBytes(), found.crc());
        last = Optional.of(found);
        offset = found.endOffsetBytes();
        count++;
    }

    /** The last segment goes on until the next one starts. */
    private void lasts(long nextStartMicros) {
        last.filter(found -> found.segment().startUtcMicros() < nextStartMicros).ifPresent(found -> {
            Segment known = found.segment();
            Segment lasting = new Segment(
                    take,
                    known.number(),
                    known.startUtcMicros(),
                    nextStartMicros - known.startUtcMicros(),
                    known.videoBytes(),
                    known.audioBytes(),
                    known.independent());
            IndexFormat.putSegment(records, IndexImage.at(count - 1), lasting, grid, found.offsetBytes(), found.crc());
        });
    }

    private void makeRoom() {
        if (IndexImage.at(count + 1) > records.capacity()) {
            records = ByteBuffer.allocate(records.capacity() * 2).put(0, records, 0, records.capacity());
        }
    }
}
