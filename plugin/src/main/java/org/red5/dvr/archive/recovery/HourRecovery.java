package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.TakeFiles;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcHour;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one take in one hour that another process wrote: looks whether its two files are as a writer closes them, and
 * puts right what is not. The media is the truth and the index is made from it, but for what the index alone knows:
 * checksums, and how the take ended. What is whole is not changed, and a second time changes nothing. The passes are
 * those of {@code docs/format-hour-file.md}. Used once.
 */
public final class HourRecovery {
    private static final Logger log = LoggerFactory.getLogger(HourRecovery.class);
    /** So many findings about one file are logged one by one. */
    private static final int MOST_LOGGED = 20;

    /** Says what the stream's other hours know of a take. */
    interface Neighbours {
        /** Whether a take has something in the next hour. */
        boolean goesOn(TakeId take) throws IOException;

        /** The ordinal of a take that its own header does not say any more. */
        int ordinalOf(TakeId take) throws IOException;

        /** The init segment of a take as its header describes it, where it is whole. */
        Optional<byte[]> initOf(TakeId take, IndexFormat.Header header) throws IOException;
    }

    /**
     * A take in an hour as it can be used.
     *
     * @param isSettled whether the files say the same now; otherwise only the memory does
     * @param missing what is not there and may come yet, in words: then nothing was changed for it
     */
    public record Opened(HourIndex index, boolean isSettled, Optional<String> missing) {}

    /**
     * What the files should say.
     *
     * @param bytes of the index; not to be written to
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared as a whole.
    private record Found(IndexRebuild rebuild, HourIndex index, byte[] bytes) {}

    /** Changes the media file so that it fits the new index. */
    private interface MediaStep {
        void run() throws IOException;
    }

    private final TakeFiles files;
    private final byte[] old;
    private final IndexImage image;
    private final SegmentGrid grid;
    private final Neighbours neighbours;
    private final ArchiveMeter meter;

    private HourRecovery(TakeFiles files, byte[] old, SegmentGrid grid, Neighbours neighbours, ArchiveMeter meter)
            throws NewerArchiveException {
        this.files = files;
        this.old = old;
        this.image = IndexImage.of(old);
        this.grid = image.grid(grid);
        this.neighbours = neighbours;
        this.meter = meter;
    }

    /**
     * The index as it should be, and, unless the disk refuses it, as it is afterwards; empty when the take has no file in
     * this hour.
     *
     * @param grid of an index whose header does not say it any more
     * @param meter what is found is counted there once it is settled
     * @throws NewerArchiveException when the index is not for this software to read
     * @throws IOException when a file cannot be read
     */
    public static Optional<Opened> open(TakeFiles files, SegmentGrid grid, Neighbours neighbours, ArchiveMeter meter)
            throws IOException {
        OptionalLong mediaBytes = files.mediaBytes();
        Optional<byte[]> index = files.readIndex();
        if (mediaBytes.isEmpty() && index.isEmpty()) {
            return Optional.empty();
        }
        HourRecovery recovery = new HourRecovery(files, index.orElse(new byte[0]), grid, neighbours, meter);
        return Optional.of(recovery.open(mediaBytes));
    }

    private Opened open(OptionalLong mediaBytes) throws IOException {
        if (image.isClosed() && !image.beyond(mediaBytes.orElse(0)).isEmpty()) {
            return asFarAsItIsThere(mediaBytes);
        }
        if (mediaBytes.isEmpty()) {
            return withoutMedia("is not there");
        }
        try {
            return withMedia();
        } catch (CorruptArchiveException e) {
            String finding = String.valueOf(e.getMessage());
            return restoreInit(finding, mediaBytes.getAsLong()) ? withMedia() : withoutMedia(finding);
        }
    }

    /**
     * The media of a closed index was all there once. It may be on its way back, copied after its index, or its disk may be in
     * trouble: so nothing is changed, and it is looked at again.
     */
    private Opened asFarAsItIsThere(OptionalLong mediaBytes) throws IOException {
        BitSet missing = new BitSet();
        missing.set(0, image.segments());
        if (mediaBytes.isPresent()) {
            try (MediaScanner scanner = new MediaScanner(files.media())) {
                init(scanner);
                missing = TailCheck.damaged(image, scanner, TailCheck.CLOSED_BYTES);
                missing.or(image.beyond(scanner.size()));
            } catch (CorruptArchiveException e) {
                log.debug("{}: nothing of it is there yet: {}", files.media(), e.getMessage());
            }
        }
        ByteBuffer records = ByteBuffer.allocate(IndexImage.at(image.segments()))
                .put(0, image.records(), 0, IndexImage.at(image.segments()));
        missing.stream().forEach(place -> IndexFormat.markDamaged(records, IndexImage.at(place)));
        HourIndex index =
                new HourIndex(files.take(), files.media(), header(0, 0), records, image.segments(), image.end(), false);
        String finding = "segment " + image.number(missing.nextSetBit(0)) + " and "
                + (missing.cardinality() - 1) + " more are not there, though the index was closed with them;"
                + " nothing is changed, and it is looked at again";
        return new Opened(index, false, Optional.of(finding));
    }

    private Opened withMedia() throws IOException {
        try (MediaScanner scanner = new MediaScanner(files.media())) {
            return withMedia(scanner, init(scanner));
        }
    }

    /** Whether the init segment is as it was, taken from another hour of the take. */
    private boolean restoreInit(String finding, long mediaBytes) throws IOException {
        Optional<IndexFormat.Header> header =
                image.header().filter(known -> known.initCrc() != 0 && known.initBytes() <= mediaBytes);
        Optional<byte[]> init = header.isPresent() ? neighbours.initOf(files.take(), header.get()) : Optional.empty();
        if (init.isPresent()) {
            MediaRepair.writeInit(files.media(), init.get());
            log.warn("{}: {}; they are taken from another hour of the take", files.media(), finding);
        }
        return init.isPresent();
    }

    private MediaScanner.Init init(MediaScanner scanner) throws IOException {
        MediaScanner.Init init = scanner.init();
        if (image.header().isPresent()) {
            IndexFormat.Header header = image.header().get();
            if (header.initBytes() != init.bytes() || header.initCrc() != 0 && header.initCrc() != init.crc()) {
                throw new CorruptArchiveException("ftyp and moov are not those that were written");
            }
        }
        return init;
    }

    private Opened withMedia(MediaScanner scanner, MediaScanner.Init init) throws IOException {
        boolean isClosed = image.isClosed();
        BitSet failed = TailCheck.damaged(image, scanner, isClosed ? TailCheck.CLOSED_BYTES : TailCheck.OPEN_BYTES);
        if (isClosed && failed.isEmpty() && scanner.isFree(lastEndBytes(init))) {
            return new Opened(asItStands(header(init.bytes(), init.crc())), true, Optional.empty());
        }
        IndexRebuild.Media media = new IndexRebuild.Media(scanner, init);
        IndexRebuild rebuild = new IndexRebuild(image, Optional.of(media), files.take(), grid);
        rebuild.run(failed);
        ByteBuffer records = rebuild.records();
        int count = rebuild.count();
        long end = MediaRepair.endBytes(init.bytes(), records, count);
        boolean hasTail = !scanner.isFree(end);
        boolean isEmptyTail = hasTail
                && scanner.segmentFrom(end, files.take(), init.content(), grid).isEmpty();
        boolean isLastDamaged = count > 0 && IndexFormat.isDamaged(records, IndexImage.at(count - 1));
        boolean isTailTorn = isEmptyTail && !isLastDamaged && !image.isEndDamaged();
        MediaStep repair = () -> MediaRepair.run(files.media(), init.bytes(), records, count, isTailTorn);
        return settle(found(rebuild, header(init.bytes(), init.crc()), GapReason.SERVER_DOWN), hasTail, repair);
    }

    /** Where the media ends that a closed index lists. */
    private long lastEndBytes(MediaScanner.Init init) {
        return MediaRepair.endBytes(init.bytes(), image.records(), image.segments());
    }

    private HourIndex asItStands(IndexFormat.Header header) {
        return new HourIndex(
                files.take(), files.media(), header, image.records(), image.segments(), image.end(), false);
    }

    /** What was listed is damaged, all of it. */
    private Opened withoutMedia(String finding) throws IOException {
        IndexRebuild rebuild = new IndexRebuild(image, Optional.empty(), files.take(), grid);
        rebuild.run(new BitSet());
        OptionalLong mediaBytes = files.mediaBytes();
        boolean wasRecorded = mediaBytes.orElse(0) > 0 || old.length > IndexFormat.HEADER_BYTES;
        GapReason reason = wasRecorded ? GapReason.DAMAGED : GapReason.SERVER_DOWN;
        return settle(found(rebuild, header(0, 0), reason), mediaBytes.isPresent(), () -> files.setMediaAside(finding));
    }

    private IndexFormat.Header header(int initBytes, int initCrc) throws IOException {
        return image.header().isPresent()
                ? image.header().get()
                : new IndexFormat.Header(grid.periodMillis(), neighbours.ordinalOf(files.take()), initBytes, initCrc);
    }

    /** How the take left this hour. */
    private IndexFormat.End end(IndexRebuild rebuild, GapReason reasonOfNothing) throws IOException {
        if (image.end().isPresent() && !rebuild.goesBehindEnd()) {
            return image.end().get();
        }
        if (rebuild.count() == 0) {
            long began = Math.max(files.take().startUtcMillis() * 1_000, files.hour() * UtcHour.MICROS);
            return new IndexFormat.End(began, Optional.of(reasonOfNothing));
        }
        GapReason reason = image.end()
                .flatMap(IndexFormat.End::reason)
                .orElse(image.isEndDamaged() ? GapReason.DAMAGED : GapReason.SERVER_DOWN);
        boolean goesOn = neighbours.goesOn(files.take());
        return new IndexFormat.End(rebuild.endUtcMicros(), goesOn ? Optional.empty() : Optional.of(reason));
    }

    private Found found(IndexRebuild rebuild, IndexFormat.Header known, GapReason reasonOfNothing) throws IOException {
        int count = rebuild.count();
        ByteBuffer records = rebuild.records();
        boolean isNew = image.header().isEmpty();
        IndexFormat.Header header = isNew ? known.withEarlyStarts(IndexFormat.startsEarly(records, count)) : known;
        IndexFormat.End end = end(rebuild, reasonOfNothing);
        long lastNumber = count == 0 ? -1 : IndexFormat.number(records, IndexImage.at(count - 1));
        IndexFormat.putEnd(records, IndexImage.at(count), lastNumber, end);
        HourIndex index = new HourIndex(files.take(), files.media(), header, records, count, Optional.of(end), false);
        return new Found(rebuild, index, bytes(header, records, count + 1));
    }

    /** Brings the files to what was found, media first, if they are not so already. */
    private Opened settle(Found found, boolean mediaChanges, MediaStep mediaStep) {
        boolean indexChanges = !isAsBefore(found.bytes());
        if (!indexChanges && !mediaChanges) {
            return new Opened(found.index(), true, Optional.empty());
        }
        report(found.rebuild().findings());
        try {
            mediaStep.run();
            if (indexChanges) {
                files.replaceIndex(found.bytes(), reasonToKeep(found.rebuild()));
                log.info(
                        "{}: put right, with {} segments",
                        files.index(),
                        found.index().count());
            }
        } catch (IOException e) {
            log.warn("{}: put right in memory only, the disk refuses it: {}", files.index(), e.toString());
            return new Opened(found.index(), false, Optional.empty());
        }
        meter.segmentsRecovered(found.rebuild().recovered());
        meter.segmentsDamaged(found.rebuild().damaged());
        return new Opened(found.index(), true, Optional.empty());
    }

    private void report(List<String> findings) {
        findings.stream().limit(MOST_LOGGED).forEach(finding -> log.warn("{}: {}", files.media(), finding));
        if (findings.size() > MOST_LOGGED) {
            log.warn("{}: and {} more findings", files.media(), findings.size() - MOST_LOGGED);
        }
    }

    private static byte[] bytes(IndexFormat.Header header, ByteBuffer records, int count) {
        byte[] bytes = new byte[IndexFormat.HEADER_BYTES + IndexImage.at(count)];
        IndexFormat.encode(header).get(0, bytes, 0, IndexFormat.HEADER_BYTES);
        records.get(0, bytes, IndexFormat.HEADER_BYTES, IndexImage.at(count));
        return bytes;
    }

    /** An index of an earlier version stays as it is when its records are right. */
    private boolean isAsBefore(byte[] bytes) {
        int from = IndexFormat.HEADER_BYTES;
        return image.header().isPresent() && Arrays.equals(bytes, from, bytes.length, old, from, old.length);
    }

    /** An index is kept that a crash alone does not explain. */
    private Optional<String> reasonToKeep(IndexRebuild rebuild) {
        if (image.header().isEmpty()) {
            return Optional.of("its header is torn or damaged");
        }
        if (image.isDamaged() || image.isEndDamaged()) {
            return Optional.of("records of it are damaged");
        }
        return rebuild.damaged() > 0 ? Optional.of("it lists media that is damaged") : Optional.empty();
    }
}
