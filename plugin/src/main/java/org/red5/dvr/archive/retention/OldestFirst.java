package org.red5.dvr.archive.retention;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;

/** Goes through the hours of several streams by age; costs nothing for those that are not reached. */
final class OldestFirst {
    /** One hour of one stream. */
    record Candidate(StreamHours stream, long hour) {}

    private final PriorityQueue<Candidate> next = new PriorityQueue<>(
            Comparator.comparingLong(Candidate::hour).thenComparing(each -> each.stream().stream()));

    OldestFirst(Collection<StreamHours> streams) {
        streams.forEach(stream -> offer(stream, Long.MIN_VALUE));
    }

    /** The next hour; empty when there is no more. */
    Optional<Candidate> next() {
        Candidate oldest = next.poll();
        if (oldest != null) {
            offer(oldest.stream(), oldest.hour());
        }
        return Optional.ofNullable(oldest);
    }

    private void offer(StreamHours stream, long after) {
        stream.hourAfter(after).ifPresent(hour -> next.add(new Candidate(stream, hour)));
    }
}
