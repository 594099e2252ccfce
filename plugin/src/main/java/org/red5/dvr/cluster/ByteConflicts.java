package org.red5.dvr.cluster;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Segments that servers hold with other bytes than an index says: an archive is damaged, or two were copied over each other. An
 * operator is told of each take once, and for an hour after it was seen last. Any thread may call.
 */
final class ByteConflicts {
    private static final Logger log = LoggerFactory.getLogger(ByteConflicts.class);
    private static final long TOLD_NANOS = Duration.ofHours(1).toNanos();
    private static final int MOST_TAKES = 100;

    private final Timing time;
    /** By when they were seen first. */
    @GuardedBy("takes")
    private final Map<Key, Seen> takes = new LinkedHashMap<>();

    /** @param nodes whose bytes are others than the index says */
    private record Key(StreamKey stream, TakeId take, String nodes) {}

    /** @param numbers of the segments; of so many a few */
    private record Seen(Set<Long> numbers, long lastNanos) {
        private static final int MOST_NUMBERS = 5;

        Seen and(long number, long nowNanos) {
            Set<Long> all = new TreeSet<>(numbers);
            if (all.size() < MOST_NUMBERS) {
                all.add(number);
            }
            return new Seen(all, nowNanos);
        }
    }

    ByteConflicts(Timing time) {
        this.time = time;
    }

    /**
     * Two indexes say different things of one segment.
     *
     * @param node the server whose index counts
     * @param other the one whose bytes are not given out
     */
    void differs(StreamKey stream, TakeId take, long number, String node, String other) {
        seen(new Key(stream, take, other + " has other bytes than " + node), number);
    }

    /** What a server gave is not what its index says. */
    void isWrong(StreamKey stream, TakeId take, long number, String node) {
        seen(new Key(stream, take, node + " has other bytes than its index says"), number);
    }

    private void seen(Key key, long number) {
        boolean isNew;
        Seen now;
        synchronized (takes) {
            forget();
            Seen before = takes.get(key);
            isNew = before == null;
            now = (before == null ? new Seen(Set.of(), 0) : before).and(number, time.nanos());
            if (!isNew || takes.size() < MOST_TAKES) {
                takes.put(key, now);
            }
        }
        if (isNew) {
            log.error("{}", sentence(key, now));
        }
    }

    /** What an operator has to put right, a sentence for each take. */
    List<String> troubles() {
        synchronized (takes) {
            forget();
            List<String> sentences = new ArrayList<>();
            takes.forEach((key, seen) -> sentences.add(sentence(key, seen)));
            return sentences;
        }
    }

    @GuardedBy("takes")
    private void forget() {
        long now = time.nanos();
        takes.values().removeIf(seen -> now - seen.lastNanos() > TOLD_NANOS);
    }

    private static String sentence(Key key, Seen seen) {
        return key.nodes() + " for segments " + seen.numbers() + " of the take " + key.take() + " of " + key.stream()
                + ": they are not given out";
    }
}
