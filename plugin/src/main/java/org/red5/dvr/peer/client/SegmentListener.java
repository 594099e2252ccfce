package org.red5.dvr.peer.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.bytes.ArrivingBytes;
import org.red5.dvr.peer.NotWantedException;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.WrongBytesException;
import org.red5.dvr.peer.wire.Protocol;
import org.red5.dvr.util.Crc32c;

/** Puts the bytes of one reply's segment where they belong, as they come, when the head says that they are those that are wanted. */
final class SegmentListener implements MediaListener {
    /** RFC 9110, section 14.4. */
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,9})-\\d{1,9}/(\\d{1,9})");

    private static final Pattern LENGTH = Pattern.compile("\\d{1,9}");
    private static final Pattern CRC = Pattern.compile("[0-9a-f]{8}");

    private final Question question;
    private final int mostBytes;
    private volatile @Nullable ArrivingBytes bytes;
    private volatile ArrivingBytes.@Nullable Feed feed;

    /** @param mostBytes of a segment of any length */
    SegmentListener(Question question, int mostBytes) {
        this.question = question;
        this.mostBytes = mostBytes;
        this.bytes = question.into().orElse(null);
    }

    @Override
    public long fromBytes() {
        return question.into().map(ArrivingBytes::comeBytes).orElse(0);
    }

    @Override
    public Optional<Sink> begins(PeerReply head) throws IOException {
        if (head.status() != 200 && head.status() != 206) {
            question.onFirstByte().run();
            return Optional.empty();
        }
        int length = number(LENGTH.matcher(head.header("Content-Length").orElse("")), 0);
        Matcher range = CONTENT_RANGE.matcher(head.header("Content-Range").orElse(""));
        int offset = head.status() == 206 ? number(range, 1) : 0;
        int whole = head.status() == 206 ? number(range, 2) : length;
        String crc = head.header(Protocol.CRC).orElse("");
        ArrivingBytes wanted = bytes;
        if (wanted == null && CRC.matcher(crc).matches() && whole <= mostBytes) {
            wanted = new ArrivingBytes(whole, Integer.parseUnsignedInt(crc, 16));
            bytes = wanted;
        }
        if (wanted == null
                || whole != wanted.lengthBytes()
                || offset + length != whole
                || !crc.equals(Crc32c.text(wanted.crc()))) {
            throw new WrongBytesException("a segment whose length or CRC is not that of the index");
        }
        ArrivingBytes.Feed begun = wanted.begin(offset).orElseThrow(NotWantedException::new);
        feed = begun;
        question.onFirstByte().run();
        return Optional.of(more -> take(begun, more));
    }

    private static int number(Matcher text, int group) throws WrongBytesException {
        if (!text.matches()) {
            throw new WrongBytesException("a segment whose head does not say how long it is");
        }
        return Integer.parseInt(text.group(group));
    }

    private static void take(ArrivingBytes.Feed feed, ByteBuffer more) throws IOException {
        ArrivingBytes.Taken taken = feed.append(more);
        // Of several sources nobody knows which it was.
        if (taken == ArrivingBytes.Taken.WRONG && feed.isAlone()) {
            throw new WrongBytesException("a segment whose bytes are not those that were sent");
        }
        if (taken != ArrivingBytes.Taken.RIGHT) {
            throw new NotWantedException();
        }
    }

    /** The segment, when all has come. */
    ArrivingBytes whole() throws IOException {
        ArrivingBytes come = bytes;
        if (come == null || !come.isWhole()) {
            throw new IOException("a segment that ended too early");
        }
        return come;
    }

    /** No more comes of this reply. */
    void ended() {
        ArrivingBytes.Feed begun = feed;
        if (begun != null) {
            begun.end();
        }
    }
}
