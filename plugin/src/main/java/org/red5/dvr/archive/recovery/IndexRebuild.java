package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;

/** Makes the records of an index anew, from what is left of the old ones and from the media. Used once, by one thread. */
final class IndexRebuild {
    /** The media that an index is made from. */
    record Media(MediaScanner scanner, MediaScanner.Init init) {}

    private final IndexImage image;
    private final Presence known;
    private final Optional<Media> media;
    private final TakeId take;
    private final SegmentGrid grid;
    private final List<String> findings = new ArrayList<>();
    private ByteBuffer records = ByteBuffer.allocate(64 * IndexFormat.RECORD_BYTES);
    private int count;
    /** The places of segments that are listed and not here. */
    private final BitSet absent = new BitSet();

    private int recovered;
    private int damaged;
    private boolean goesBehindEnd;
    private long offset;
    /** The last record, when it was made from the media: how long it lasts is known when the next one begins. */
    private Optional<MediaScanner.Found> last = Optional.empty();

    /**
     * @param known what was known to be here of what the image lists
     * @param media empty when it is lost as a whole: then all that was listed is damaged
     * @param grid that the numbers count on
     */
    IndexRebuild(IndexImage image, Presence known, Optional<Media> media, TakeId take, SegmentGrid grid) {
        this.image = image;
        this.known = known;
        this.media = media;
        this.take = take;
        this.grid = grid;
        this.offset = media.map(all -> all.init().bytes()).orElse(0);
    }

    /**
     * Goes through all that was listed, and through what follows it in the media, also behind an end: whoever wrote it may have
     * taken another process, that went on writing, for dead.
     *
     * @param failed places of listed segments that fail their CRC
     */
    void run(BitSet failed) throws IOException {
        for (int place = 0; place < image.segments(); place++) {
            if (image.isWhole(place)) {
                listed(place, failed.get(place));
            } else {
                unlisted(place);
            }
        }
        int before = count;
        if (media.isPresent()) {
            follow(media.get());
        }
        goesBehindEnd = count > before && image.end().isPresent();
    }

    /** Whether something follows behind the end that the index says. */
    boolean goesBehindEnd() {
        return goesBehindEnd;
    }

    /** What was found wrong, in words. */
    List<String> findings() {
        return findings;
    }

    int count() {
        return count;
    }

    /** How many segments were listed that no whole record listed before. */
    int recovered() {
        return recovered;
    }

    /** How many segments are damaged that were not known to be. */
    int damaged() {
        return damaged;
    }

    /** What of it is here. */
    Presence presence() {
        return Presence.damagedAt(absent);
    }

    /** The records, and room for one more. */
    ByteBuffer records() {
        makeRoom();
        return records;
    }

    /** Where the last segment ends, damaged or not; there must be one. */
    long endUtcMicros() {
        return IndexFormat.endUtcMicros(records, IndexImage.at(count - 1), grid);
    }

    private void listed(int place, boolean isDamaged) throws IOException {
        int from = IndexImage.at(place);
        makeRoom();
        records.put(IndexImage.at(count), image.records(), from, IndexFormat.RECORD_BYTES);
        boolean wasHere = image.listsMedia(place) && known.isHere(place);
        boolean isBack = image.listsMedia(place) && !wasHere && isWholeAgain(place);
        absent.set(count, image.listsMedia(place) && !wasHere && !isBack);
        if (isBack) {
            findings.add("segment " + image.number(place) + " is whole again");
            recovered++;
        }
        if (isBack || wasHere) {
            lasts(IndexFormat.startUtcMicros(image.records(), from, grid));
            if (isDamaged || media.isEmpty()) {
                damaged(IndexFormat.number(records, IndexImage.at(count)));
            }
        }
        last = Optional.empty();
        offset = Math.max(offset, IndexFormat.endOffsetBytes(image.records(), from));
        count++;
    }

    /** Media that was thought lost may be back. */
    private boolean isWholeAgain(int place) throws IOException {
        int at = IndexImage.at(place);
        if (media.isEmpty()) {
            return false;
        }
        MediaScanner scanner = media.get().scanner();
        if (!IndexFormat.isPossible(image.records(), at, image.header(), scanner.size())) {
            return false;
        }
        long start = IndexFormat.offsetBytes(image.records(), at);
        return scanner.crc(start, IndexFormat.endOffsetBytes(image.records(), at) - start)
                .filter(crc -> crc == IndexFormat.mediaCrc(image.records(), at))
                .isPresent();
    }

    private void damaged(long number) {
        absent.set(count);
        findings.add("segment " + number + " is damaged: its media fails its CRC or is not there");
        damaged++;
    }

    /** A record that is not whole, with whole ones behind it. */
    private void unlisted(int place) throws IOException {
        long number = image.number(place);
        Optional<MediaScanner.Found> found = media.isEmpty()
                ? Optional.empty()
                : media.get()
                        .scanner()
                        .segmentAt(offset, take, media.get().init().content(), grid)
                        .filter(segment -> segment.segment().number() == number
                                && segment.endOffsetBytes() <= mediaLimit(place)
                                && image.mayHave(place, segment.crc()));
        if (found.isPresent()) {
            findings.add("segment " + number + " is listed again from its media");
            put(found.get());
        } else {
            lost(number);
        }
    }

    /** Where the media of the next segment begins whose record is whole. */
    private long mediaLimit(int place) {
        for (int next = place + 1; next < image.segments(); next++) {
            if (image.listsMedia(next)) {
                return IndexFormat.offsetBytes(image.records(), IndexImage.at(next));
            }
        }
        return Long.MAX_VALUE;
    }

    private void lost(long number) {
        makeRoom();
        IndexFormat.putLost(records, IndexImage.at(count), number, grid);
        findings.add("segment " + number + " is damaged: neither its record nor its media is whole");
        damaged++;
        last = Optional.empty();
        count++;
    }

    private void follow(Media known) throws IOException {
        int before = recovered;
        Optional<MediaScanner.Found> found = next(known);
        while (found.isPresent()) {
            long number = found.get().segment().number();
            for (long missing = expected(number); missing < number; missing++) {
                lost(missing);
            }
            if (image.mayHave(count, found.get().crc())) {
                put(found.get());
            } else {
                lost(number);
                offset = found.get().endOffsetBytes();
            }
            found = next(known);
        }
        if (recovered > before) {
            findings.add(recovered - before + " segments are listed from the media");
        }
    }

    /** The segment that follows, with others before it where bytes between are no segments. */
    private Optional<MediaScanner.Found> next(Media known) throws IOException {
        long most = Hours.MICROS / grid.periodMicros();
        return known.scanner()
                .segmentFrom(offset, take, known.init().content(), grid)
                .filter(found -> {
                    long number = found.segment().number();
                    long ahead = number - expected(number);
                    return ahead >= 0 && count + ahead <= most;
                });
    }

    /** The number after the last one; before the first, whatever is found. */
    private long expected(long found) {
        return count == 0 ? found : IndexFormat.number(records, IndexImage.at(count - 1)) + 1;
    }

    private void put(MediaScanner.Found found) {
        makeRoom();
        lasts(found.segment().startUtcMicros());
        IndexFormat.putSegment(records, IndexImage.at(count), found.segment(), grid, found.offsetBytes(), found.crc());
        last = Optional.of(found);
        offset = found.endOffsetBytes();
        recovered++;
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
