package org.red5.dvr.playback;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.FragmentHead;
import org.red5.dvr.media.fmp4.FragmentReader;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;

/** Puts a track into what is served of a take that lacks it; what is recorded is sent as it is. Any thread may call. */
final class FilledSegments {
    /** Some 60,000 samples; no segment has as many. */
    private static final int MOST_HEAD_BYTES = 1 << 20;

    private final ByteReader reader;

    FilledSegments(ByteReader reader) {
        this.reader = reader;
    }

    /** The init segment with the track in it; empty when it has one of the kind. */
    Optional<Served> init(Served original, TrackFill fill, Part part) throws IOException {
        InitSegment init;
        try {
            init = InitSegmentReader.parse(
                    reader.read(original.bytes(), 0, (int) original.bytes().lengthBytes()));
        } catch (CorruptMediaException e) {
            throw new IOException("An init segment cannot be read.", e);
        }
        return fill.addedTo(init)
                .map(both -> part == Part.AUDIO ? new InitSegment(Optional.empty(), both.audio()) : both)
                .map(both -> with(original, new InMemory(both.toBytes())));
    }

    /**
     * A segment with the track in it; empty when its take has one of the kind.
     *
     * @param original with all tracks that its take has
     */
    Optional<Served> segment(Served original, long number, TrackFill fill, Part part) throws IOException {
        MediaBytes recorded = original.bytes();
        int moofBytes = moofBytes(recorded);
        FragmentHead head = head(recorded, moofBytes);
        if (moofBytes + FragmentReader.BOX_HEAD_BYTES + head.payloadBytes() != recorded.lengthBytes()) {
            return Optional.empty();
        }
        return fill.fragment(number, head).map(InMemory::new).map(filled -> {
            if (part == Part.AUDIO) {
                return with(original, filled);
            }
            boolean isSound = fill instanceof TrackFill.Sound;
            return with(
                    original, new MediaBytes.Joined(isSound ? List.of(recorded, filled) : List.of(filled, recorded)));
        });
    }

    /**
     * The picture that a hole behind a segment shows: its first one, where it is a key frame; empty where it is none, or there is no
     * picture in it.
     *
     * @param segment with its pictures alone
     */
    Optional<byte[]> firstPicture(MediaBytes segment) throws IOException {
        int moofBytes = moofBytes(segment);
        FragmentHead head = head(segment, moofBytes);
        long at = (long) moofBytes + FragmentReader.BOX_HEAD_BYTES;
        return head.track() == InitSegment.VIDEO_TRACK
                        && head.startsWithKey()
                        && at + head.firstBytes() <= segment.lengthBytes()
                ? Optional.of(reader.read(segment, at, head.firstBytes()))
                : Optional.empty();
    }

    private static Served with(Served original, MediaBytes bytes) {
        return new Served(bytes, original.server(), original.from());
    }

    private int moofBytes(MediaBytes segment) throws IOException {
        byte[] size = reader.read(segment, 0, (int) Math.min(Integer.BYTES, segment.lengthBytes()));
        int moofBytes = size.length < Integer.BYTES ? 0 : ByteBuffer.wrap(size).getInt();
        if (moofBytes <= 0 || moofBytes > Math.min(MOST_HEAD_BYTES, segment.lengthBytes())) {
            throw new IOException("A segment begins with a box of " + moofBytes + " bytes.");
        }
        return moofBytes;
    }

    private FragmentHead head(MediaBytes segment, int moofBytes) throws IOException {
        try {
            return FragmentReader.read(ByteBuffer.wrap(reader.read(segment, 0, moofBytes)));
        } catch (CorruptMediaException e) {
            throw new IOException("The head of a segment cannot be read.", e);
        }
    }
}
