package org.red5.dvr.archive.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.red5.dvr.archive.index.IndexFormat;
import org.red5.dvr.archive.index.Presence;

/**
 * Finds the listed segments at the end of a media file whose bytes are not those that were written. It goes backwards, until
 * enough of them in a row are: damage further ahead stays unknown, as long as nobody asks for more.
 */
final class TailCheck {
    /** What is looked at where the file was closed: what was forced to the disk then is there. */
    static final long CLOSED_BYTES = 64 << 10;
    /** And where nobody closed it: the disk may not have been told to keep it. */
    static final long OPEN_BYTES = 1 << 20;

    /** All of it. */
    static final long ALL_BYTES = Long.MAX_VALUE;

    private TailCheck() {}

    /**
     * The places of listed segments that are damaged.
     *
     * @param presence what should be here; nothing else is looked at
     * @param soundBytes how many bytes in a row must be as they were written
     */
    static BitSet damaged(IndexImage image, Presence presence, MediaScanner media, long soundBytes) throws IOException {
        BitSet damaged = new BitSet();
        ByteBuffer records = image.records();
        long sound = 0;
        for (int place = image.segments() - 1; place >= 0 && sound < soundBytes; place--) {
            if (image.listsMedia(place) && presence.isHere(place)) {
                int at = IndexImage.at(place);
                long start = IndexFormat.offsetBytes(records, at);
                long length = IndexFormat.endOffsetBytes(records, at) - start;
                boolean isSound = media.crc(start, length)
                        .filter(crc -> crc == IndexFormat.mediaCrc(records, at))
                        .isPresent();
                damaged.set(place, !isSound);
                sound = isSound ? sound + length : 0;
            }
        }
        return damaged;
    }
}
