package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.archive.files.ArchiveMeter;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.files.TakeFiles;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.Presence;
import org.red5.dvr.archive.index.Presence.State;
import org.red5.dvr.archive.index.PresenceFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens an hour that came from elsewhere. Its index is as it came, and is never made anew from the media: what is damaged of
 * it has to come again. What presence says is believed where the disk had been told to keep the media; the rest is
 * compared with the checksums of the index, and so is the end of the media. Used once.
 */
final class CopyRecovery {
    private static final Logger log = LoggerFactory.getLogger(CopyRecovery.class);

    private final TakeFiles files;
    private final IndexImage image;
    private final HourIndex index;
    private final Neighbours neighbours;
    private final ArchiveMeter meter;

    private CopyRecovery(TakeFiles files, IndexImage image, Neighbours neighbours, ArchiveMeter meter) {
        this.files = files;
        this.image = image;
        this.index = image.asItStands(files.take(), files.hour()).thatMayGrow();
        this.neighbours = neighbours;
        this.meter = meter;
    }

    /**
     * The index, and what is here of it; empty when the index has not come yet.
     *
     * @param bytes of the index file, if there is one
     * @param here what the presence file says
     * @throws CorruptArchiveException when the index or the init segment has to come again
     */
    static Optional<OpenedHour> open(
            TakeFiles files,
            Optional<byte[]> bytes,
            PresenceFormat.Image here,
            Neighbours neighbours,
            ArchiveMeter meter)
            throws IOException {
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        IndexImage image = IndexImage.of(bytes.get());
        if (!image.isClosed() && !image.isWholeSoFar()) {
            throw new CorruptArchiveException(
                    files.index() + ": damaged, and it came from elsewhere: it has to come again");
        }
        CopyRecovery recovery = new CopyRecovery(files, image, neighbours, meter);
        Presence known = here.of(recovery.index).orElse(Presence.each(image.segments(), State.UNFORCED));
        return Optional.of(recovery.open(known));
    }

    private OpenedHour open(Presence known) throws IOException {
        OptionalLong mediaBytes = files.mediaBytes();
        if (mediaBytes.isEmpty()
                || !image.beyond(onlyForced(known), mediaBytes.getAsLong()).isEmpty()) {
            HourIndex left = index.with(known).within(mediaBytes.orElse(0));
            return new OpenedHour(
                    left, false, Optional.of("media that came is not there any more; it is looked at again"));
        }
        try (MediaScanner scanner = new MediaScanner(files.media())) {
            requireInit(scanner);
            Presence confirmed = confirmed(known, scanner);
            BitSet failed = TailCheck.damaged(image, confirmed, scanner, TailCheck.CLOSED_BYTES);
            return settle(index.with(confirmed.withDamageAt(failed)), known, failed.cardinality());
        }
    }

    /** What the disk has said that it keeps. */
    private Presence onlyForced(Presence known) {
        Presence forced = known;
        for (int place = 0; place < image.segments(); place++) {
            forced = known.at(place) == State.UNFORCED ? forced.with(place, State.NOT_HELD) : forced;
        }
        return forced;
    }

    private void requireInit(MediaScanner scanner) throws IOException {
        IndexFormat.Header header = index.header();
        boolean isThere = header.initCrc() == 0
                || scanner.crc(0, header.initBytes())
                        .filter(crc -> crc == header.initCrc())
                        .isPresent();
        if (isThere) {
            return;
        }
        byte[] init = neighbours
                .initOf(files.take(), header)
                .orElseThrow(() -> new CorruptArchiveException(files.media()
                        + ": its init segment is damaged, and it came from elsewhere: it has to come again"));
        MediaRepair.writeInit(files, init);
    }

    /** Whatever may not have reached the disk is looked at. */
    private Presence confirmed(Presence known, MediaScanner scanner) throws IOException {
        Presence confirmed = known;
        ByteBuffer records = image.records();
        for (int place = 0; place < image.segments(); place++) {
            if (known.at(place) == State.UNFORCED) {
                int at = IndexImage.at(place);
                boolean isHere = !IndexFormat.isLost(records, at)
                        && scanner.crc(index.offsetBytes(place), index.lengthBytes(place))
                                .filter(crc -> crc == IndexFormat.mediaCrc(records, at))
                                .isPresent();
                confirmed = confirmed.with(place, isHere ? State.HERE : State.NOT_HELD);
            }
        }
        return confirmed;
    }

    private OpenedHour settle(HourIndex found, Presence known, int damaged) {
        try {
            MediaRepair.run(files, found, false);
            if (!found.presence().equals(known) || found.isAllHere()) {
                files.forceMedia();
                HourIndex settled = found.isAllHere() ? found.with(Presence.ALL) : found;
                files.writePresence(true, settled, image.marked(), DiskSync.SEGMENT);
            } else {
                files.forcePresence(); // A server that was killed may have written it only.
            }
        } catch (IOException e) {
            log.warn("{}: put right in memory only, the disk refuses it: {}", files.media(), e.toString());
            return new OpenedHour(found, false, Optional.empty());
        }
        if (damaged > 0) {
            log.warn("{}: {} segments are damaged, and have to come again", files.media(), damaged);
            meter.segmentsDamaged(damaged);
        }
        return new OpenedHour(found, true, Optional.empty());
    }
}
