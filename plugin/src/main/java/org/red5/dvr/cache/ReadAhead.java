package org.red5.dvr.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Which segments will be asked for next, told by those that are: whoever asks for a number and then for the next one of a take most likely goes on. Single requests
 * and jumps give nothing. As many are fetched ahead as were asked for one after the other, up to a bound.
 *
 * <p>Who asks does not matter: viewers behind one address, or of one player on several connections, are told apart by where they are, and two at one
 * place need their segments once. Any thread may call; nobody waits for anything but the others. A request costs the same however many runs there are.
 *
 * @param <K> names a take
 */
public final class ReadAhead<K> {
    private final int mostAhead;
    private final int mostRuns;
    private final long idleNanos;

    /** By the request that would be their next; the one that came on last is the last. */
    @GuardedBy("this")
    private final LinkedHashMap<Next<K>, Run> runs = new LinkedHashMap<>();

    private record Next<K>(K take, long number) {}

    /**
     * Requests for one number after the other.
     *
     * @param length how many
     * @param aheadTo the last number that was given to be fetched, or asked for
     */
    private record Run(int length, long aheadTo, long lastNanos) {}

    /**
     * Segments that were to be fetched for somebody who does not go on.
     *
     * @param fromNumber the first of them
     * @param toNumber the last of them
     */
    public record Abandoned<K>(K take, long fromNumber, long toNumber) {}

    /**
     * @param mostAhead so many segments are fetched before they are asked for, at most
     * @param mostRuns so many runs are known, at most: of more, those that came on longest ago are forgotten
     * @param idle a run that does not go on for so long is at its end; longer than a segment
     */
    public ReadAhead(int mostAhead, int mostRuns, Duration idle) {
        this.mostAhead = mostAhead;
        this.mostRuns = mostRuns;
        this.idleNanos = idle.toNanos();
    }

    /**
     * A viewer asks for a segment; not to be told of exports.
     *
     * @param nowNanos of a clock that is never set
     * @return the numbers to fetch now, each once for a run; there may be no such segments, or not yet
     */
    public synchronized List<Long> requested(K take, long number, long nowNanos) {
        Run before = runs.remove(new Next<>(take, number));
        Next<K> next = new Next<>(take, number + 1);
        Run there = runs.remove(next);
        if (before == null) {
            // Another track of what was asked for just now, or another viewer at the same place;
            // or the beginning of a run.
            Run same = there == null ? new Run(1, number, nowNanos) : new Run(there.length, there.aheadTo, nowNanos);
            runs.put(next, same);
            forgetOverBound();
            return List.of();
        }
        Run other = there == null ? before : there;
        int length = Math.min(Math.max(before.length + 1, other.length), mostAhead);
        long aheadTo = Math.max(number, Math.max(before.aheadTo, other.aheadTo));
        long upTo = Math.max(aheadTo, number + length);
        runs.put(next, new Run(length, upTo, nowNanos));
        return LongStream.rangeClosed(aheadTo + 1, upTo).boxed().toList();
    }

    @GuardedBy("this")
    private void forgetOverBound() {
        if (runs.size() > mostRuns) {
            Iterator<Run> eldest = runs.values().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    /** Forgets the runs that are at their end, and gives what was to be fetched for them and nobody has asked for; it need not be fetched any more. */
    public synchronized List<Abandoned<K>> abandoned(long nowNanos) {
        List<Abandoned<K>> abandoned = new ArrayList<>();
        Iterator<Map.Entry<Next<K>, Run>> eldestFirst = runs.entrySet().iterator();
        while (eldestFirst.hasNext()) {
            Map.Entry<Next<K>, Run> each = eldestFirst.next();
            if (nowNanos - each.getValue().lastNanos < idleNanos) {
                break;
            }
            eldestFirst.remove();
            Next<K> next = each.getKey();
            if (each.getValue().aheadTo >= next.number) {
                abandoned.add(new Abandoned<>(next.take, next.number, each.getValue().aheadTo));
            }
        }
        return abandoned;
    }
}
