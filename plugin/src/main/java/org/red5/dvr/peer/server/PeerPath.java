package org.red5.dvr.peer.server;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.red5.dvr.peer.wire.PeerCall;
import org.red5.dvr.peer.wire.Protocol;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.timeline.TakeId;

/**
 * The path of a peer's question: its kind, a stream, and what of the stream, told from the path's end as a stream's name may
 * hold slashes.
 *
 * @param kind what is asked
 * @param elements all behind the kind, not decoded
 */
record PeerPath(PeerCall kind, List<String> elements) {
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,15}");
    /** A window that begins in 1970 may be looked for a little before that. */
    private static final long LEAST_HOUR = -1_000;
    /** In the year 9999. */
    private static final long MOST_HOUR = 70_389_527;
    /** In a few thousand years, whatever the grid is. */
    private static final long MOST_NUMBER = 100_000_000_000L;

    /** The path of a question; empty when there is none of this version. */
    static Optional<PeerPath> parse(String rawPath) {
        if (!rawPath.startsWith(Protocol.ROOT)) {
            return Optional.empty();
        }
        List<String> elements =
                List.of(rawPath.substring(Protocol.ROOT.length()).split("/", -1));
        return PeerCall.of(elements.get(0)).map(kind -> new PeerPath(kind, elements.subList(1, elements.size())));
    }

    /** The stream before so many last elements. */
    StreamKey stream(int last) throws MalformedPathException {
        int end = elements.size() - last;
        if (end < 2) {
            throw new MalformedPathException("The address of " + kind + " has more elements.");
        }
        return StreamPath.parse(String.join("/", elements.subList(0, end)));
    }

    /**
     * The take in an element.
     *
     * @param fromEnd 1 for the last element
     */
    TakeId take(int fromEnd) throws MalformedPathException {
        return TakeId.parse(element(fromEnd)).orElseThrow(() -> new MalformedPathException("There is no take there."));
    }

    /** The number of a segment in an element. */
    long number(int fromEnd) throws MalformedPathException {
        return segmentNumber(number(element(fromEnd)));
    }

    /** The hour in an element. */
    long hour(int fromEnd) throws MalformedPathException {
        return hour(number(element(fromEnd)));
    }

    /** An hour that there can be. */
    static long hour(long number) throws MalformedPathException {
        return within(LEAST_HOUR, number, MOST_HOUR);
    }

    /** The number of a segment that there can be. */
    static long segmentNumber(long number) throws MalformedPathException {
        return within(-MOST_NUMBER, number, MOST_NUMBER);
    }

    private static long within(long least, long number, long most) throws MalformedPathException {
        if (number < least || number > most) {
            throw new MalformedPathException(
                    "The number " + number + " is not one from " + least + " to " + most + '.');
        }
        return number;
    }

    static long number(String text) throws MalformedPathException {
        if (!NUMBER.matcher(text).matches()) {
            throw new MalformedPathException("A number is expected.");
        }
        return Long.parseLong(text);
    }

    private String element(int fromEnd) throws MalformedPathException {
        if (elements.size() < fromEnd) {
            throw new MalformedPathException("The address of " + kind + " has more elements.");
        }
        return elements.get(elements.size() - fromEnd);
    }
}
