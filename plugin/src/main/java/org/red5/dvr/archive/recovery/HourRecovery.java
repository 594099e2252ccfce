package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.TakeFiles;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.NewerArchiveException;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.archive.index.PresenceFormat;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one take in one hour that another process wrote: looks whether its two files are as a writer closes them, and
 * puts right what is not. The media is the truth and the index is made from it, but for what the index alone knows:
 * checksums, and how the take ended. What is whole is not changed, and a second time changes nothing. What is damaged is not here
 * any more; the index says of it what it said. The passes are those of {@code docs/format-hour-file.md}. Used once.
 */
public final class HourRecovery {
    private static final Logger log = LoggerFactory.getLogger(HourRecovery.class);
    /** So many findings about one file are logged one by one. */
    private static final int MOST_LOGGED = 20;

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
    /** What was here when it was looked at last. */
    private final Presence known;
    /** Whether that is of this index, or nothing was written down: then only the end of the media has to be looked at. */
    private final boolean isKnown;

    private final SegmentGrid grid;
    private final Neighbours neighbours;
    private final ArchiveMeter meter;

    private HourRecovery(
            TakeFiles files,
            byte[] old,
            Optional<PresenceFormat.Image> here,
            SegmentGrid grid,
            Neighbours neighbours,
            ArchiveMeter meter)
            throws NewerArchiveException {
        this.files = files;
        this.old = old;
        this.image = IndexImage.of(old);
        Optional<Presence> written = here.filter(presence -> image.header().isPresent())
                .flatMap(presence -> presence.of(image.asItStands(files.take(), files.hour())));
        this.known = written.orElse(image.marked());
        this.isKnown = here.isEmpty() || written.isPresent();
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
    public static Optional<OpenedHour> open(
            TakeFiles files, SegmentGrid grid, Neighbours neighbours, ArchiveMeter meter) throws IOException {
        OptionalLong mediaBytes = files.mediaBytes();
        Optional<byte[]> index = files.readIndex();
        Optional<PresenceFormat.Image> here = files.readPresence();
        if (here.isPresent() && here.get().isCopy()) {
            return CopyRecovery.open(files, index, here.get(), neighbours, meter);
        }
        if (mediaBytes.isEmpty() && index.isEmpty()) {
            return Optional.empty();
        }
        HourRecovery recovery = new HourRecovery(files, index.orElse(new byte[0]), here, grid, neighbours, meter);
        return Optional.of(recovery.open(mediaBytes));
    }

    private OpenedHour open(OptionalLong mediaBytes) throws IOException {
        if (image.isClosed() && !image.beyond(known, mediaBytes.orElse(0)).isEmpty()) {
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
    private OpenedHour asFarAsItIsThere(OptionalLong mediaBytes) throws IOException {
        BitSet missing = new BitSet();
        missing.set(0, image.segments());
        if (mediaBytes.isPresent()) {
            try (MediaScanner scanner = new MediaScanner(files.media())) {
                init(scanner);
                missing = TailCheck.damaged(image, known, scanner, TailCheck.CLOSED_BYTES);
                missing.or(image.beyond(known, scanner.size()));
            } catch (CorruptArchiveException e) {
                log.debug("{}: nothing of it is there yet: {}", files.media(), e.getMessage());
            }
        }
        HourIndex index = image.asItStands(files.take(), files.hour()).with(known.withDamageAt(missing));
        String finding = "segment " + image.number(missing.nextSetBit(0)) + " and "
                + (missing.cardinality() - 1) + " more are not there, though the index was closed with them;"
                + " nothing is changed, and it is looked at again";
        return new OpenedHour(index, false, Optional.of(finding));
    }

    private OpenedHour withMedia() throws IOException {
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
            MediaRepair.writeInit(files, init.get());
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

    private OpenedHour withMedia(MediaScanner scanner, MediaScanner.Init init) throws IOException {
        boolean isClosed = image.isClosed();
        long soundBytes = isClosed ? TailCheck.CLOSED_BYTES : TailCheck.OPEN_BYTES;
        BitSet failed = TailCheck.damaged(image, known, scanner, isKnown ? soundBytes : TailCheck.ALL_BYTES);
        if (isClosed && isKnown && failed.isEmpty()) {
            HourIndex index = image.asItStands(files.take(), files.hour()).with(known);
            if (scanner.isFree(MediaRepair.endBytes(index))) {
                return new OpenedHour(index, true, Optional.empty());
            }
        }
        IndexRebuild.Media media = new IndexRebuild.Media(scanner, init);
        IndexRebuild rebuild = new IndexRebuild(image, known, Optional.of(media), files.take(), grid);
        rebuild.run(failed);
        Found found = found(rebuild, header(init.bytes(), init.crc()), GapReason.SERVER_DOWN);
        HourIndex index = found.index();
        long end = MediaRepair.endBytes(index);
        boolean hasTail = !scanner.isFree(end);
        boolean isEmptyTail = hasTail
                && scanner.segmentFrom(end, files.take(), init.content(), grid).isEmpty();
        boolean isLastHere = index.count() == 0 || index.isHere(index.count() - 1);
        boolean isTailTorn = isEmptyTail && isLastHere && !image.isEndDamaged();
        return settle(found, hasTail, () -> {
            MediaRepair.run(files, index, isTailTorn);
            files.forceMedia();
        });
    }

    /** What was listed is damaged, all of it. */
    private OpenedHour withoutMedia(String finding) throws IOException {
        IndexRebuild rebuild = new IndexRebuild(image, known, Optional.empty(), files.take(), grid);
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
            long began = Math.max(files.take().startUtcMillis() * 1_000, files.hour() * Hours.MICROS);
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
        HourIndex index = new HourIndex(
                files.take(), files.hour(), header, records, count, Optional.of(end), false, rebuild.presence());
        return new Found(rebuild, index, bytes(header, records, count + 1));
    }

    /** Brings the files to what was found, media first, if they are not so already. */
    private OpenedHour settle(Found found, boolean mediaChanges, MediaStep mediaStep) {
        boolean indexChanges = !isAsBefore(found.bytes());
        boolean presenceChanges = !isKnown || !found.index().presence().equals(known);
        if (!indexChanges && !presenceChanges && !mediaChanges) {
            return new OpenedHour(found.index(), true, Optional.empty());
        }
        report(found.rebuild().findings());
        try {
            mediaStep.run();
            // Before the index: one that is closed and has no presence beside it has all of its media.
            files.writePresence(false, found.index(), indexChanges ? Presence.ALL : image.marked(), DiskSync.SEGMENT);
            if (indexChanges) {
                files.replaceIndex(found.bytes(), reasonToKeep());
                log.info(
                        "{}: put right, with {} segments",
                        files.index(),
                        found.index().count());
            }
        } catch (IOException e) {
            log.warn("{}: put right in memory only, the disk refuses it: {}", files.index(), e.toString());
            return new OpenedHour(found.index(), false, Optional.empty());
        }
        meter.segmentsRecovered(found.rebuild().recovered());
        meter.segmentsDamaged(found.rebuild().damaged());
        return new OpenedHour(found.index(), true, Optional.empty());
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

    /** An index of an earlier version stays as it is when its records are right, marked or not. */
    private boolean isAsBefore(byte[] bytes) {
        ByteBuffer records = ByteBuffer.wrap(bytes).position(IndexFormat.HEADER_BYTES);
        return image.header().isPresent()
                && records.equals(image.records().duplicate().rewind());
    }

    /** An index is kept that a crash alone does not explain. */
    private Optional<String> reasonToKeep() {
        if (image.header().isEmpty()) {
            return Optional.of("its header is torn or damaged");
        }
        if (image.isDamaged() || image.isEndDamaged()) {
            return Optional.of("records of it are damaged");
        }
        return Optional.empty();
    }
}
