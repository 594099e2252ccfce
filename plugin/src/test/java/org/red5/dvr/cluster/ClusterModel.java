package org.red5.dvr.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.Route;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeId;

/**
 * The rules by which servers ask each other for one stream that nobody gets at present, as plainly as they can be written down.
 */
final class ClusterModel {
    private static final int NUMBERS_PER_HOUR = 900;

    /** A source line of a server. */
    record Source(String node, RemoteDvr policy) {}

    /** Configured sources of each server, in order. */
    final Map<String, List<Source>> sources = new LinkedHashMap<>();
    /** What each server holds, by number and then take. */
    final Map<String, List<Segment>> holdings = new HashMap<>();

    final Set<String> dead = new HashSet<>();
    /** {@code from>to}: links that are broken, one way. */
    final Set<String> broken = new HashSet<>();
    /** Those that have never been up: nobody knows their names. */
    final Set<String> neverUp = new HashSet<>();

    /** What came of a question. */
    static final class Answer {
        /** Who gave what, in order of preference; the same server may be there several times. */
        final List<String> holders = new ArrayList<>();

        final Set<String> unanswered = new TreeSet<>();
        /** {@code from>to scope}. */
        final Set<String> requests = new TreeSet<>();
    }

    Answer viewer(String server) {
        Answer answer = new Answer();
        ask(server, List.of(), Set.of(), Route.MOST_HOPS, answer);
        return answer;
    }

    private void ask(String server, List<String> passed, Set<String> asked, int hops, Answer answer) {
        answer.holders.add(server);
        if (passed.contains(server) || hops == 0) {
            return;
        }
        Set<String> spared = new HashSet<>(passed);
        spared.addAll(asked);
        Source current = current(server);
        List<Source> wanted = new ArrayList<>();
        for (Source source : sources.get(server)) {
            boolean isSpared = spared.contains(source.node()) && !neverUp.contains(source.node());
            if (source.node().equals(server) || isSpared) {
                continue;
            }
            if (source.policy() != RemoteDvr.NONE || source.equals(current)) {
                wanted.add(source);
            } else if (isGone(server, source) && isBefore(server, source, current)) {
                answer.unanswered.add(name(source.node()));
            }
        }
        List<String> passedNow = new ArrayList<>(passed);
        passedNow.add(server);
        Set<String> askedNow = new HashSet<>(asked);
        wanted.stream()
                .filter(source -> source.policy() == RemoteDvr.CHAIN && !isGone(server, source))
                .forEach(source -> askedNow.add(source.node()));
        for (Source source : wanted) {
            boolean isChain = source.policy() == RemoteDvr.CHAIN;
            if (isGone(server, source)) {
                answer.unanswered.add(name(source.node()));
                continue;
            }
            answer.requests.add(server + ">" + source.node() + (isChain ? " chain" : " own"));
            if (isChain) {
                ask(source.node(), passedNow, askedNow, hops - 1, answer);
            } else {
                answer.holders.add(source.node());
            }
        }
    }

    private boolean isGone(String server, Source source) {
        return dead.contains(source.node()) || broken.contains(server + '>' + source.node());
    }

    private String name(String node) {
        return neverUp.contains(node) ? node + ":80" : node;
    }

    private boolean isBefore(String server, Source source, Source current) {
        List<Source> all = sources.get(server);
        return current == null || all.indexOf(source) < all.indexOf(current);
    }

    /** The first source that has the stream, else the first that is up. */
    private Source current(String server) {
        Map<String, List<List<String>>> paths = paths();
        Source up = null;
        for (Source source : sources.get(server)) {
            if (isGone(server, source) || source.node().equals(server)) {
                continue;
            }
            up = up == null ? source : up;
            for (List<String> path : paths.get(source.node())) {
                boolean isAsked = source.policy() == RemoteDvr.CHAIN || path.size() == 1;
                if (isAsked && !path.contains(server)) {
                    return source;
                }
            }
        }
        return up;
    }

    /** What each server says of the stream in its heartbeat: by which way it is known there. */
    private Map<String, List<List<String>>> paths() {
        Map<String, List<List<String>>> paths = new HashMap<>();
        sources.keySet().forEach(node -> paths.put(node, List.of()));
        for (int round = 0; round < 2 * Route.MOST_HOPS; round++) {
            Map<String, List<List<String>>> next = new HashMap<>();
            for (String node : sources.keySet()) {
                next.put(node, pathsOf(node, paths));
            }
            paths.putAll(next);
        }
        return paths;
    }

    private List<List<String>> pathsOf(String node, Map<String, List<List<String>>> before) {
        List<List<String>> paths = new ArrayList<>();
        if (!holdings.get(node).isEmpty()) {
            paths.add(List.of(node));
        }
        List<String> best = null;
        for (Source source : sources.get(node)) {
            if (isGone(node, source) || source.node().equals(node)) {
                continue;
            }
            for (List<String> path : before.get(source.node())) {
                boolean isPassedOn = source.policy() == RemoteDvr.CHAIN || path.size() == 1;
                if (isPassedOn && !path.contains(node) && (best == null || path.size() < best.size())) {
                    best = path;
                }
            }
        }
        if (best != null && best.size() < Route.MOST_HOPS) {
            List<String> through = new ArrayList<>(List.of(node));
            through.addAll(best);
            paths.add(through);
        }
        return paths;
    }

    /** A segment and who it comes from. */
    record Chosen(Segment segment, String server) {}

    /** The segments of some numbers, chosen among the holders: the take of the number before, else the first holder's. */
    List<Chosen> merged(List<String> holders, long fromNumber, long toNumber) {
        List<Chosen> chosen = new ArrayList<>();
        TakeId before = null;
        long first = fromNumber / NUMBERS_PER_HOUR * NUMBERS_PER_HOUR;
        for (long number = first; number < toNumber; number++) {
            before = number % NUMBERS_PER_HOUR == 0 ? null : before;
            List<Chosen> candidates = candidates(holders, number);
            if (candidates.isEmpty()) {
                continue;
            }
            Chosen pick = candidates.get(0);
            for (Chosen candidate : candidates) {
                if (candidate.segment().take().equals(before)) {
                    pick = candidate;
                    break;
                }
            }
            before = pick.segment().take();
            if (number >= fromNumber) {
                chosen.add(pick);
            }
        }
        return chosen;
    }

    private List<Chosen> candidates(List<String> holders, long number) {
        List<Chosen> candidates = new ArrayList<>();
        for (String holder : new LinkedHashSet<>(holders)) {
            holdings.get(holder).stream()
                    .filter(segment -> segment.number() == number)
                    .sorted(Comparator.comparing(Segment::take))
                    .forEach(segment -> candidates.add(new Chosen(segment, holder)));
        }
        return candidates;
    }
}
