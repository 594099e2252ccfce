package org.red5.dvr.peer;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.red5.dvr.time.Timing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which server is which: a server's name is configured, and two may have one by mistake; its identity is a random word that each start of it makes.
 * Two servers have one name when each of two identities was seen before and after the other, as a restart, or one server at two
 * addresses, never looks. Any thread may call.
 */
public final class Identities {
    private static final Logger log = LoggerFactory.getLogger(Identities.class);
    /** A cluster that is being updated may have as many; more tell an operator nothing. */
    private static final int MOST_OTHER_VERSIONS = 100;
    /** A server that was not seen for so long is gone, or has another name by now. */
    private static final long FORGOTTEN_NANOS = 10_000_000_000L;

    private final String node;
    private final InstanceId instance;
    private final Timing time;
    /** By name, and then by identity. */
    @GuardedBy("this")
    private final Map<String, Map<InstanceId, Life>> lives = new TreeMap<>();
    /** Those that ask by another version of the peer interface, by name and address. */
    @GuardedBy("this")
    private final Map<Asker, OtherVersion> otherVersions = new TreeMap<>();
    /** Names that the log has told of. */
    @GuardedBy("this")
    private final Set<String> reported = new HashSet<>();

    /**
     * One identity as long as it was heard of.
     *
     * @param where its address
     * @param sinceNanos when its first answer or question was here: it lived then or before
     * @param untilNanos when what it answered last was asked: it lived then or later
     * @param lastSeenNanos when it was heard of last
     */
    private record Life(String where, long sinceNanos, long untilNanos, long lastSeenNanos) {
        boolean overlaps(Life other) {
            return sinceNanos - other.untilNanos <= 0 && other.sinceNanos - untilNanos <= 0;
        }
    }

    /** A server that asks, by its name and address. */
    private record Asker(String name, String from) implements Comparable<Asker> {
        @Override
        public int compareTo(Asker other) {
            int byName = name.compareTo(other.name);
            return byName == 0 ? from.compareTo(other.from) : byName;
        }
    }

    private record OtherVersion(String differs, long lastSeenNanos) {}

    /**
     * @param node this server's name
     * @param instance this server's identity
     */
    public Identities(String node, InstanceId instance, Timing time) {
        this.node = node;
        this.instance = instance;
        this.time = time;
    }

    /** This server's name. */
    public String node() {
        return node;
    }

    /** This server's identity. */
    public InstanceId instance() {
        return instance;
    }

    /** Whether a server with that name and identity is this one. */
    public boolean isOwn(String name, InstanceId identity) {
        return name.equals(node) && identity.equals(instance);
    }

    /** Another server asked this one something. */
    public void asked(String name, InstanceId identity, String from) {
        long now = time.nanos();
        heard(name, identity, from, now, now);
    }

    /**
     * A server told its name.
     *
     * @param sentNanos when it was asked for it
     */
    public void answered(String name, InstanceId identity, String from, long sentNanos) {
        heard(name, identity, from, sentNanos, time.nanos());
    }

    private synchronized void heard(String name, InstanceId identity, String from, long sentNanos, long nowNanos) {
        lives.values().forEach(all -> all.values().removeIf(life -> nowNanos - life.lastSeenNanos() > FORGOTTEN_NANOS));
        lives.values().removeIf(Map::isEmpty);
        reported.retainAll(disputed().keySet());
        if (isOwn(name, identity)) {
            return;
        }
        lives.computeIfAbsent(name, key -> new HashMap<>())
                .merge(
                        identity,
                        new Life(from, nowNanos, sentNanos, nowNanos),
                        (before, now) -> new Life(from, before.sinceNanos(), sentNanos, nowNanos));
        disputed().forEach((both, where) -> {
            if (reported.add(both)) {
                log.error("{}", sentence(both, where));
            }
        });
    }

    /**
     * A server of another version of the peer interface asked this one something, and was refused.
     *
     * @param differs what is wrong, as it stands behind the server's name
     */
    public synchronized void refused(String name, String from, String differs) {
        Asker asker = new Asker(name, from);
        if (otherVersions.size() < MOST_OTHER_VERSIONS || otherVersions.containsKey(asker)) {
            otherVersions.put(asker, new OtherVersion(differs, time.nanos()));
        }
    }

    /** What becomes of a question for a peer: what one that is refused, unknown or doubtful means for an answer is decided here. */
    public Turn turnOf(Optional<String> name, PeerState state, Route route) {
        if (!state.isSource()) {
            return Turn.NO_SOURCE;
        }
        if (name.filter(route::knows).isEmpty()) {
            return Turn.ASKED;
        }
        return name.filter(this::isDisputed).isPresent() ? Turn.DOUBTFUL : Turn.SKIPPED;
    }

    /** Whether two servers have that name now. */
    public synchronized boolean isDisputed(String name) {
        return disputed().containsKey(name);
    }

    /** What an operator has to put right, a sentence for each name that two servers have, and for each server of another version. */
    public synchronized List<String> troubles() {
        List<String> sentences = new ArrayList<>();
        disputed().forEach((name, where) -> sentences.add(sentence(name, where)));
        long nowNanos = time.nanos();
        otherVersions.values().removeIf(other -> nowNanos - other.lastSeenNanos() > FORGOTTEN_NANOS);
        otherVersions.forEach((asker, other) ->
                sentences.add('"' + asker.name() + "\", which asks from " + asker.from() + ", " + other.differs()));
        return sentences;
    }

    private static String sentence(String name, List<String> where) {
        return "\"" + name + "\" is the name of several servers (" + String.join(", ", where)
                + "): each needs a \"node\" of its own in its configuration, until then what they hold is not got at";
    }

    /** Names that several servers have, and where those are. */
    @SuppressWarnings("ReferenceEquality") // Two lives with the same values are two all the same.
    @GuardedBy("this")
    private Map<String, List<String>> disputed() {
        long nowNanos = time.nanos();
        Map<String, List<String>> disputed = new TreeMap<>();
        lives.forEach((name, all) -> {
            List<Life> now = all.values().stream()
                    .filter(life -> nowNanos - life.lastSeenNanos() <= FORGOTTEN_NANOS)
                    .toList();
            boolean isOwn = name.equals(node);
            boolean areSeveral = now.stream()
                    .anyMatch(one -> isOwn || now.stream().anyMatch(other -> one != other && one.overlaps(other)));
            if (areSeveral) {
                List<String> where = new ArrayList<>(isOwn ? List.of("this one") : List.of());
                now.stream().map(Life::where).sorted().distinct().forEach(where::add);
                disputed.put(name, where);
            }
        });
        return disputed;
    }
}
