package org.red5.dvr.store;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeEnd;

/**
 * What is new of a stream.
 *
 * @param live whether the stream comes in now
 * @param segments behind the number asked for, by number and then take
 * @param ends the ends of takes since the segment of that number
 */
public record FollowReply(boolean live, List<New> segments, List<TakeEnd> ends) {
    /**
     * A segment as a server tells of it.
     *
     * @param segment which it is
     * @param node that holds it
     * @param ordinal of its take
     * @param crc CRC-32C of its bytes
     * @param media its bytes, where they were wanted; not to be changed
     */
    public record New(Segment segment, String node, int ordinal, int crc, Optional<byte[]> media) {
        public New {
            if (media.isPresent() && media.get().length != segment.bytes()) {
                throw new IllegalArgumentException(segment + " comes with " + media.get().length + " bytes");
            }
        }

        /** Whether it has the same bytes, as two servers have them that recorded one encoder alike. */
        public boolean isAlike(New other) {
            return crc == other.crc
                    && segment.bytes() == other.segment.bytes()
                    && segment.videoBytes() == other.segment.videoBytes();
        }
    }

    public FollowReply {
        segments = List.copyOf(segments);
        ends = List.copyOf(ends);
    }

    /** Whether it tells more than that. */
    public boolean isNewTo(FollowRequest known) {
        return !segments.isEmpty() || live != known.live();
    }
}
