package org.red5.dvr.timeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses for each number which server's segment it is.
 *
 * <p>Per number: the take that was given out before; else the take of the number before; else the first offer in order that
 * has the number, and of its takes the one with the smallest id. With each UTC hour the second rule starts anew, so that all
 * who see the same offers agree, wherever they begin to look. Two things more:
 *
 * <ul>
 *   <li>The last segment of a take gives way to one of the take that comes next, where that leaves a smaller hole.
 *   <li>What a better offer is about to have is waited for: else a playlist would change when it comes. So at the live end the
 *       choice stops before a number that the take of the number before, or a better offer, may still get. It does not wait for who
 *       is {@value #LATEST_NUMBERS} numbers late.
 * </ul>
 */
final class TakeChoice {
    /** So many numbers a live take may be behind another before nobody waits for it any more. */
    private static final int LATEST_NUMBERS = 2;

    private static final long HOUR_MICROS = 3_600_000_000L;

    private final List<Offer> offers;
    private final SegmentGrid grid;
    private final GivenOut given;
    private final int[] positions;
    private final long newestNumber;
    private final List<Segment> segments;
    private final List<String> servers;
    /** What could have been chosen for the last number, if that was not given out before. */
    private List<Candidate> alternatives = List.of();

    private record Candidate(int offer, Segment segment) {}

    private TakeChoice(List<Offer> offers, SegmentGrid grid, GivenOut given, int expectedCount) {
        this.offers = offers;
        this.grid = grid;
        this.given = given;
        this.positions = new int[offers.size()];
        this.newestNumber = offers.stream()
                .map(offer -> offer.holdings().segments())
                .filter(offered -> !offered.isEmpty())
                .mapToLong(offered -> offered.get(offered.size() - 1).number())
                .max()
                .orElse(0);
        this.segments = new ArrayList<>(expectedCount);
        this.servers = new ArrayList<>(expectedCount);
    }

    private TakeChoice(List<Segment> segments, List<String> servers) {
        this.offers = List.of();
        this.grid = SegmentGrid.DEFAULT;
        this.given = GivenOut.NOTHING;
        this.positions = new int[0];
        this.newestNumber = 0;
        this.segments = segments;
        this.servers = servers;
    }

    /** @param offers by preference */
    static TakeChoice of(List<Offer> offers, SegmentGrid grid, GivenOut given) {
        if (offers.size() == 1 && isUnambiguous(offers.get(0).holdings().segments())) {
            List<Segment> all = offers.get(0).holdings().segments();
            return new TakeChoice(
                    all, Collections.nCopies(all.size(), offers.get(0).server()));
        }
        int most = offers.stream()
                .mapToInt(offer -> offer.holdings().segments().size())
                .max()
                .orElse(0);
        TakeChoice choice = new TakeChoice(offers, grid, given, most);
        choice.chooseAll();
        return choice;
    }

    /** By number. */
    List<Segment> segments() {
        return segments;
    }

    /** Whose each of the segments is. */
    List<String> servers() {
        return servers;
    }

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

    /** Whether there is nothing to choose. */
    static boolean isUnambiguous(List<Segment> segments) {
        for (int i = 1; i < segments.size(); i++) {
            if (segments.get(i).number() == segments.get(i - 1).number()) {
                return false;
            }
        }
        return true;
    }

    private void chooseAll() {
        List<Candidate> candidates = new ArrayList<>();
        for (long number = next(); number < Long.MAX_VALUE; number = next()) {
            candidates.clear();
            collect(number, candidates);
            if (!choose(number, candidates)) {
                return;
            }
        }
    }

    /** The smallest number not yet dealt with in any offer, {@link Long#MAX_VALUE} when there is none. */
    private long next() {
        long number = Long.MAX_VALUE;
        for (int i = 0; i < positions.length; i++) {
            List<Segment> offered = offers.get(i).holdings().segments();
            if (positions[i] < offered.size()) {
                number = Math.min(number, offered.get(positions[i]).number());
            }
        }
        return number;
    }

    private void collect(long number, List<Candidate> candidates) {
        for (int i = 0; i < positions.length; i++) {
            List<Segment> offered = offers.get(i).holdings().segments();
            while (positions[i] < offered.size() && offered.get(positions[i]).number() == number) {
                candidates.add(new Candidate(i, offered.get(positions[i]++)));
            }
        }
    }

    /** False when the choice ends before this number. */
    private boolean choose(long number, List<Candidate> candidates) {
        Segment last = segments.isEmpty() ? null : segments.get(segments.size() - 1);
        TakeId before = last == null || hour(last.number()) != hour(number) ? null : last.take();
        TakeId wanted = given.take(number);
        Candidate pick = ofTake(candidates, wanted);
        boolean isGiven = pick != null;
        if (pick == null) {
            pick = ofTake(candidates, before);
        }
        if (pick == null) {
            pick = candidates.get(0);
            if (mayStillGet(number, before, pick.offer())) {
                return false;
            }
        }
        if (last != null
                && last.number() == number - 1
                && !pick.segment().take().equals(last.take())) {
            closeSeam(last, pick.segment());
        }
        segments.add(pick.segment());
        servers.add(offers.get(pick.offer()).server());
        alternatives = isGiven || candidates.size() == 1 ? List.of() : List.copyOf(candidates);
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
                    && holdings.ends().stream().noneMatch(end -> end.take().equals(last.take()))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Where one take goes over to the next: exchanges the last segment of the first for one of the second, if less is missing
     * then.
     */
    private void closeSeam(Segment last, Segment next) {
        Candidate other = ofTake(alternatives, next.take());
        if (other == null) {
            return;
        }
        int index = segments.size() - 1;
        Segment before = index == 0 ? null : segments.get(index - 1);
        long endBefore =
                before == null || before.number() != last.number() - 1 ? last.startUtcMicros() : before.endUtcMicros();
        long holeMicros = next.startUtcMicros() - last.endUtcMicros();
        long otherHoleMicros = Math.max(0, other.segment().startUtcMicros() - endBefore);
        if (holeMicros > Timeline.TOLERANCE_MICROS && otherHoleMicros < holeMicros) {
            segments.set(index, other.segment());
            servers.set(index, offers.get(other.offer()).server());
        }
    }

    private long hour(long number) {
        return Math.floorDiv(grid.startUtcMicros(number), HOUR_MICROS);
    }
}
