package org.red5.dvr.timeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses from what several servers hold, so that every recorded moment is there once, and for each number says which segment has it
 * in lists of one entry a number.
 *
 * <p>Per number: the take that was given out before. Of segments of the same moment, the take of the number before; else the first
 * offer in order that has the number, and of its takes the one with the smallest id. Of segments of different moments, the longest, so
 * that as little as possible is left out, and all servers choose alike. With each UTC hour the second rule starts anew, so that all
 * who see the same offers agree, wherever they begin to look. Three things more:
 *
 * <ul>
 *   <li>The last segment of a take gives way to one of another take, where that leaves a smaller hole.
 *   <li>What a better offer is about to have is waited for: else a playlist would change when it comes. So at the live end the
 *       choice stops before a number that the take of the number before, or a better offer, may still get. It does not wait for who
 *       is {@value #LATEST_NUMBERS} numbers late.
 *   <li>The newest number has no segment yet while that is the end of a take before the end of the cell: the next take, at another server,
 *       may begin in that cell and be longer.
 * </ul>
 *
 * <p>What has not got its number is put between the others where its moment is free.
 */
public final class TakeChoice {
    /** So many numbers a live take may be behind another before nobody waits for it any more. */
    private static final int LATEST_NUMBERS = 2;

    /** A first segment may be two cells long; then it has to come. */
    private static final int LATEST_RIVAL_CELLS = 3;

    private static final long RIVAL_COMES_MICROS = 1_000_000;

    private final List<Offer> offers;
    private final SegmentGrid grid;
    private final GivenOut given;
    private final long nowMicros;
    private final int[] positions;
    private final long newestNumber;
    private final List<Candidate> chosen;
    private final List<Candidate> others = new ArrayList<>();

    /**
     * What was chosen.
     *
     * @param segments in order of time
     * @param servers of each segment, the one that it is from
     * @param leftOut those of the segments whose number another has, or that have not got theirs yet
     */
    record Choice(List<Segment> segments, List<String> servers, Set<Segment> leftOut) {
        int firstEndingBehind(long utcMicros) {
            int index = 0;
            while (index < segments.size() && segments.get(index).endUtcMicros() <= utcMicros) {
                index++;
            }
            return index;
        }

        int firstStartingAt(long utcMicros) {
            int index = segments.size();
            while (index > 0 && segments.get(index - 1).startUtcMicros() >= utcMicros) {
                index--;
            }
            return index;
        }
    }

    record Candidate(int offer, Segment segment) {}

    private TakeChoice(List<Offer> offers, SegmentGrid grid, GivenOut given, long nowMicros) {
        this.offers = offers;
        this.grid = grid;
        this.given = given;
        this.nowMicros = nowMicros;
        this.positions = new int[offers.size()];
        int most = 0;
        long newest = 0;
        for (Offer offer : offers) {
            List<Segment> offered = offer.holdings().segments();
            most = Math.max(most, offered.size());
            newest = offered.isEmpty()
                    ? newest
                    : Math.max(newest, offered.get(offered.size() - 1).number());
        }
        this.newestNumber = newest;
        this.chosen = new ArrayList<>(most);
    }

    /**
     * Chooses.
     *
     * @param offers by preference
     * @param nowMicros the present, for whether another server may still bring a segment; {@link Long#MAX_VALUE} when there is none
     */
    static Choice of(List<Offer> offers, SegmentGrid grid, GivenOut given, long nowMicros) {
        boolean isAlone = nowMicros == Long.MAX_VALUE;
        if (isAlone
                && offers.size() == 1
                && isUnambiguous(offers.get(0).holdings().segments())) {
            List<Segment> all = offers.get(0).holdings().segments();
            return new Choice(all, Collections.nCopies(all.size(), offers.get(0).server()), Set.of());
        }
        TakeChoice choice = new TakeChoice(offers, grid, given, nowMicros);
        choice.chooseAll();
        return choice.result();
    }

    /** Whether there is nothing to choose. */
    public static boolean isUnambiguous(List<Segment> segments) {
        for (int i = 1; i < segments.size(); i++) {
            Segment before = segments.get(i - 1);
            Segment segment = segments.get(i);
            if (segment.number() == before.number() || segment.startUtcMicros() < before.startUtcMicros()) {
                return false;
            }
        }
        return true;
    }

    private Choice result() {
        List<Candidate> all = chosen;
        Set<Segment> leftOut = new HashSet<>();
        if (!others.isEmpty()) {
            List<Candidate> free = FreeMoments.of(chosen, others);
            all = FreeMoments.byTime(chosen, free);
            free.forEach(other -> leftOut.add(other.segment()));
        }
        List<Segment> segments = new ArrayList<>(all.size());
        List<String> servers = new ArrayList<>(all.size());
        for (Candidate one : all) {
            segments.add(one.segment());
            servers.add(offers.get(one.offer()).server());
        }
        return new Choice(segments, servers, leftOut);
    }

    private void chooseAll() {
        List<Candidate> candidates = nextNumber();
        while (!candidates.isEmpty()) {
            List<Candidate> next = nextNumber();
            if (!choose(candidates, next)) {
                return;
            }
            candidates = next;
        }
    }

    /** The segments of the smallest number not yet dealt with in any offer, each once; none when that was all. */
    private List<Candidate> nextNumber() {
        long number = Long.MAX_VALUE;
        for (int i = 0; i < positions.length; i++) {
            List<Segment> offered = offers.get(i).holdings().segments();
            if (positions[i] < offered.size()) {
                number = Math.min(number, offered.get(positions[i]).number());
            }
        }
        List<Candidate> candidates = new ArrayList<>(positions.length);
        for (int i = 0; i < positions.length; i++) {
            List<Segment> offered = offers.get(i).holdings().segments();
            while (positions[i] < offered.size() && offered.get(positions[i]).number() == number) {
                Segment segment = offered.get(positions[i]++);
                if (ofTake(candidates, segment.take()) == null) {
                    candidates.add(new Candidate(i, segment));
                }
            }
        }
        return candidates;
    }

    /**
     * Chooses the segment of a number.
     *
     * @param next those of the number that comes after it
     * @return false when the choice ends before this number
     */
    private boolean choose(List<Candidate> candidates, List<Candidate> next) {
        long number = candidates.get(0).segment().number();
        Segment last = chosen.isEmpty() ? null : chosen.get(chosen.size() - 1).segment();
        Segment before = last == null || hour(last.number()) != hour(number) ? null : last;
        Candidate pick = ofTake(candidates, given.take(number));
        if (pick == null) {
            List<Candidate> fit = candidates.stream()
                    .filter(each -> last == null || each.segment().startUtcMicros() >= last.startUtcMicros())
                    .filter(each -> before == null || !FreeMoments.isSameMoment(each.segment(), before))
                    .toList();
            if (!fit.isEmpty()) {
                TakeId takeBefore = before == null ? null : before.take();
                Candidate preferred = ofTake(fit, takeBefore);
                if (preferred == null) {
                    preferred = fit.get(0);
                    if (mayStillGet(number, takeBefore, preferred.offer())) {
                        return false;
                    }
                }
                pick = best(preferred, fit, next, before);
                pick = next.isEmpty() && mayBeOutdone(pick) ? null : pick;
            }
        }
        for (Candidate candidate : candidates) {
            (candidate.equals(pick) ? chosen : others).add(candidate);
        }
        return true;
    }

    private static @Nullable Candidate ofTake(List<Candidate> candidates, @Nullable TakeId take) {
        for (Candidate candidate : candidates) {
            if (candidate.segment().take().equals(take)) {
                return candidate;
            }
        }
        return null;
    }

    private Candidate best(
            Candidate preferred, List<Candidate> candidates, List<Candidate> next, @Nullable Segment before) {
        if (candidates.size() == 1) {
            return preferred;
        }
        Candidate best = preferred;
        if (!goesOn(preferred, next)) {
            for (Candidate other : candidates) {
                if (FreeMoments.isSameMoment(other.segment(), preferred.segment())
                        && gainMicros(other, before) > gainMicros(best, before) + Timeline.TOLERANCE_MICROS) {
                    best = other;
                }
            }
        }
        for (Candidate other : candidates) {
            if (!FreeMoments.isSameMoment(other.segment(), best.segment()) && isLonger(other, best, before)) {
                best = other;
            }
        }
        return best;
    }

    private boolean goesOn(Candidate candidate, List<Candidate> next) {
        TakeId take = candidate.segment().take();
        Candidate after = ofTake(next, take);
        return after == null
                ? isBeingRecorded(candidate)
                : after.segment().number() == candidate.segment().number() + 1;
    }

    /** Whether a segment is the last of a take that has not ended. */
    private boolean isBeingRecorded(Candidate candidate) {
        Holdings holdings = offers.get(candidate.offer()).holdings();
        List<Segment> offered = holdings.segments();
        return holdings.live()
                && offered.get(offered.size() - 1).equals(candidate.segment())
                && !hasEnded(holdings, candidate.segment().take());
    }

    private static boolean hasEnded(Holdings holdings, TakeId take) {
        return holdings.ends().stream().anyMatch(end -> end.take().equals(take));
    }

    private static boolean isLonger(Candidate one, Candidate other, @Nullable Segment before) {
        long moreMicros = gainMicros(one, before) - gainMicros(other, before);
        long laterMicros = one.segment().startUtcMicros() - other.segment().startUtcMicros();
        return moreMicros > 0 || (moreMicros == 0 && laterMicros < 0);
    }

    /** How much of it is not there yet. */
    private static long gainMicros(Candidate candidate, @Nullable Segment before) {
        Segment segment = candidate.segment();
        long from =
                before == null ? segment.startUtcMicros() : Math.max(segment.startUtcMicros(), before.endUtcMicros());
        return segment.endUtcMicros() - from;
    }

    /** Whether a number is about to come from the take of the number before, or from an offer that is better than one. */
    private boolean mayStillGet(long number, @Nullable TakeId before, int pickedOffer) {
        for (int i = 0; i < positions.length; i++) {
            Holdings holdings = offers.get(i).holdings();
            List<Segment> offered = holdings.segments();
            if (!holdings.live() || offered.isEmpty()) {
                continue;
            }
            Segment last = offered.get(offered.size() - 1);
            if ((i < pickedOffer || last.take().equals(before))
                    && last.number() < number
                    && newestNumber - last.number() <= LATEST_NUMBERS
                    && !hasEnded(holdings, last.take())) {
                return true;
            }
        }
        return false;
    }

    /** Whether a take that begins behind a segment may get its number, and be longer. */
    private boolean mayBeOutdone(Candidate candidate) {
        Segment segment = candidate.segment();
        return nowMicros < grid.startUtcMicros(segment.number() + LATEST_RIVAL_CELLS) + RIVAL_COMES_MICROS
                && segment.endUtcMicros() < grid.startUtcMicros(segment.number() + 1)
                && !isBeingRecorded(candidate);
    }

    private long hour(long number) {
        return grid.hourOf(number);
    }
}
