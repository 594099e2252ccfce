package org.red5.dvr.media.flv;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;

/**
 * Reads an FLV file that comes bit by bit (Adobe FLV 10.1, annex E). It keeps no more than one tag, and of that no more than
 * has come. Used by one thread at a time; after an error it is of no use any more.
 */
public final class FlvTags {
    private static final int MOST_HEADER_BYTES = 1_024;

    private enum Part {
        HEADER,
        HEADER_REST,
        TAG_SIZE,
        TAG_HEADER,
        BODY
    }

    private final int mostBodyBytes;
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream(FlvWriter.HEADER_BYTES);
    private Part part = Part.HEADER;
    private int wantedBytes = FlvWriter.HEADER_BYTES;
    private int lastTagBytes;
    private int type;
    private int timestampMillis;

    /**
     * @param mostBodyBytes a tag with a longer body is taken for damaged
     */
    public FlvTags(int mostBodyBytes) {
        this.mostBodyBytes = mostBodyBytes;
    }

    /**
     * Takes in the next bytes, and hands on each tag that is complete.
     *
     * @throws CorruptMediaException when this is no FLV file, or one that is damaged
     * @throws UnsupportedMediaException when a tag is encrypted
     */
    public void read(ByteBuffer bytes, Consumer<FlvTag> tags) throws CorruptMediaException, UnsupportedMediaException {
        while (bytes.hasRemaining() || wantedBytes == 0) {
            int taken = Math.min(bytes.remaining(), wantedBytes - collected.size());
            byte[] piece = new byte[taken];
            bytes.get(piece);
            collected.write(piece, 0, taken);
            if (collected.size() == wantedBytes) {
                byte[] whole = collected.toByteArray();
                collected.reset();
                next(whole, tags);
            }
        }
    }

    private void next(byte[] whole, Consumer<FlvTag> tags) throws CorruptMediaException, UnsupportedMediaException {
        switch (part) {
            case HEADER -> header(ByteBuffer.wrap(whole));
            case HEADER_REST -> expect(Part.TAG_SIZE, FlvWriter.TAG_SIZE_BYTES);
            case TAG_SIZE -> tagSize(ByteBuffer.wrap(whole).getInt());
            case TAG_HEADER -> tagHeader(ByteBuffer.wrap(whole));
            case BODY -> {
                tags.accept(new FlvTag(type, timestampMillis, whole));
                expect(Part.TAG_SIZE, FlvWriter.TAG_SIZE_BYTES);
            }
        }
    }

    private void expect(Part next, int bytes) {
        part = next;
        wantedBytes = bytes;
    }

    private void header(ByteBuffer header) throws CorruptMediaException {
        int signatureAndVersion = header.getInt();
        if (signatureAndVersion != ('F' << 24 | 'L' << 16 | 'V' << 8 | 1)) {
            throw new CorruptMediaException(
                    String.format("no FLV file of version 1: it begins with %08x", signatureAndVersion));
        }
        header.get(); // what there is says each tag
        int headerBytes = header.getInt();
        if (headerBytes < FlvWriter.HEADER_BYTES || headerBytes > MOST_HEADER_BYTES) {
            throw new CorruptMediaException("an FLV header of " + Integer.toUnsignedString(headerBytes) + " bytes");
        }
        expect(Part.HEADER_REST, headerBytes - FlvWriter.HEADER_BYTES);
    }

    private void tagSize(int bytes) throws CorruptMediaException {
        if (bytes != lastTagBytes) {
            throw new CorruptMediaException("an FLV tag of " + lastTagBytes + " bytes is followed by the size "
                    + Integer.toUnsignedString(bytes));
        }
        expect(Part.TAG_HEADER, FlvWriter.TAG_HEADER_BYTES);
    }

    private void tagHeader(ByteBuffer header) throws CorruptMediaException, UnsupportedMediaException {
        int typeAndLength = header.getInt();
        int time = header.getInt();
        int stream = header.get() << 16 | header.getShort() & 0xffff;
        type = typeAndLength >>> 24 & 0x1f;
        int lengthBytes = typeAndLength & 0xff_ffff;
        boolean known = type == FlvTag.AUDIO || type == FlvTag.VIDEO || type == FlvTag.SCRIPT;
        if (!known || typeAndLength >>> 30 != 0 || stream != 0 || lengthBytes > mostBodyBytes) {
            throw new CorruptMediaException(
                    String.format("an FLV tag that begins with %08x, of stream %d", typeAndLength, stream));
        }
        if ((typeAndLength >>> 24 & 0x20) != 0) {
            throw new UnsupportedMediaException("an encrypted FLV tag");
        }
        timestampMillis = time >>> 8 | time << 24;
        lastTagBytes = FlvWriter.TAG_HEADER_BYTES + lengthBytes;
        expect(Part.BODY, lengthBytes);
    }
}
