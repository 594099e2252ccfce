package org.red5.dvr.replica;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.SourceRule;
import org.red5.dvr.copies.HourCopier;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.Unending;

/**
 * Keeps copies of what the sources with a {@code dvr} have recorded: streams that are live at a source are followed, everything else is compared now and then
 * and fetched where it is missing. A take is asked for only from servers that have it themselves, and never while it is recorded here, so nothing goes round
 * ({@code docs/decisions/0008-replicas.md}). Any thread may call.
 */
public final class Replicas implements Closeable {
    private static final Duration TICK = Duration.ofSeconds(1);
    /** So long a comparison is good for, when something has changed since. */
    private static final Duration LEAST = Duration.ofSeconds(30);
    /** And when nothing is known to have. */
    private static final Duration MOST = Duration.ofHours(1);
    /** A stream is followed from so many cells before now on: from the last segment that is whole. */
    private static final int FRESH_CELLS = 1;
    /** A copy that is further behind is something to be told of. */
    private static final Duration MOST_LAG = Duration.ofSeconds(30);

    private final Supplier<DvrConfiguration> inForce;
    private final Function<PeerAddress, ReplicaSource> sourceAt;
    private final LocalArchive archive;
    private final HourFiller filler;
    private final CopyTroubles troubles;
    private final Executor copying;
    private final Timing time;
    private final Backfill backfill;
    private final ReplicaCounts counts;
    private final Map<PeerAddress, ReplicaSource> sources = new ConcurrentHashMap<>();
    private final Map<Key, StreamFollower> followers = new ConcurrentHashMap<>();
    private final Map<Limited, SpeedLimit> limits = new ConcurrentHashMap<>();
    private final SpeedLimit.Sleep sleep;
    private final Runnable following = new Unending("the following of live streams for copies", this::followLive);
    private volatile boolean isClosed;

    /** What the last comparison was made of, and when it began; for the thread of the comparisons. */
    private Optional<List<Object>> compared = Optional.empty();

    private long comparedNanos;

    private record Limited(PeerAddress peer, long bitsPerSecond) {}

    private record Key(String source, StreamKey stream) {}

    /**
     * @param inForce the configuration, asked each time
     * @param sourceAt a server by its address
     * @param archive that copies are put into
     * @param own the same
     * @param kept which hours this server's limits let it keep
     * @param counts told what is copied
     * @param copying puts what came into the archive; may wait for the disk and, within a bound, for servers
     */
    public Replicas(
            Supplier<DvrConfiguration> inForce,
            Function<PeerAddress, ReplicaSource> sourceAt,
            LocalArchive archive,
            TakeStore own,
            KeptHours kept,
            ReplicaCounts counts,
            Executor copying,
            Timing time) {
        this(
                inForce,
                sourceAt,
                archive,
                own,
                kept,
                counts,
                copying,
                time,
                wait -> TimeUnit.NANOSECONDS.sleep(wait.toNanos()));
    }

    /** @param sleep lets time pass where a speed is limited */
    Replicas(
            Supplier<DvrConfiguration> inForce,
            Function<PeerAddress, ReplicaSource> sourceAt,
            LocalArchive archive,
            TakeStore own,
            KeptHours kept,
            ReplicaCounts counts,
            Executor copying,
            Timing time,
            SpeedLimit.Sleep sleep) {
        this.sleep = sleep;
        this.inForce = inForce;
        this.sourceAt = sourceAt;
        this.archive = archive;
        this.counts = counts;
        this.copying = copying;
        this.time = time;
        this.filler = new HourFiller(archive, new HourCopier(archive, own), counts);
        this.troubles = new CopyTroubles(archive.meter());
        this.backfill = new Backfill(own, filler, kept, this::followedFrom, troubles, counts, time);
    }

    /** Begins to follow; what is missing is fetched by {@link #backfill}. */
    public void start() {
        tick();
    }

    private void tick() {
        if (!isClosed) {
            following.run();
            time.timer().after(TICK, this::tick);
        }
    }

    private void followLive() {
        Set<Key> live = new HashSet<>();
        long lag = 0;
        for (Replicated each : replicated()) {
            for (StreamKey stream : each.source().streams()) {
                if (each.serves(stream) && each.source().isLive(stream)) {
                    live.add(new Key(each.source().name(), stream));
                    lag = Math.max(lag, lagMicros(follow(each.source(), stream)));
                }
            }
        }
        followers.entrySet().removeIf(each -> each.getValue().isOver() && !live.contains(each.getKey()));
        counts.lag(lag / 1_000);
        troubles.lag(lag > MOST_LAG.toNanos() / 1_000);
    }

    /** How long ago the segment should have been whole that comes next. */
    private long lagMicros(StreamFollower follower) {
        return Math.max(0, time.micros() - inForce.get().grid().startUtcMicros(follower.nextNumber() + 1));
    }

    private StreamFollower follow(ReplicaSource source, StreamKey stream) {
        Key key = new Key(source.name(), stream);
        StreamFollower before = followers.get(key);
        if (before != null && !before.isOver()) {
            return before;
        }
        SegmentGrid grid = inForce.get().grid();
        long fresh = grid.numberAt(time.micros()) - FRESH_CELLS;
        long next = before == null ? fresh : Math.max(fresh, before.nextNumber());
        StreamFollower follower = new StreamFollower(stream, source, filler, troubles, grid, next, copying);
        followers.put(key, follower);
        follower.follow();
        return follower;
    }

    private long followedFrom(StreamKey stream) {
        return followers.entrySet().stream()
                .filter(each -> each.getKey().stream().equals(stream)
                        && !each.getValue().isOver())
                .mapToLong(each -> each.getValue().nextNumber())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** The servers whose archives are copied and that may be asked now, in the order of the configuration. */
    private List<Replicated> replicated() {
        List<Replicated> all = new ArrayList<>();
        for (SourceRule rule : inForce.get().sources()) {
            if (rule.dvr().isPresent()) {
                ReplicaSource source = sources.computeIfAbsent(rule.peer(), sourceAt);
                if (source.mayBeAsked()) {
                    all.add(new Replicated(source, rule, pace(rule)));
                }
            }
        }
        return all;
    }

    private HourFiller.Pace pace(SourceRule rule) {
        OptionalLong speed = rule.replication().bitsPerSecond();
        return speed.isEmpty()
                ? HourFiller.Pace.NONE
                : limits.computeIfAbsent(
                        new Limited(rule.peer(), speed.getAsLong()),
                        key -> new SpeedLimit(key.bitsPerSecond(), time.nanoTime(), sleep));
    }

    /**
     * Compares the archives where something may have changed, and fetches what is missing; returns when there is nothing more to do for now. To be called again and
     * again, by one thread.
     */
    public void backfill() {
        List<Replicated> all = replicated();
        if (!all.isEmpty() && isDue(all)) {
            List<Object> began = members(all);
            compared = Optional.of(stamps(all));
            comparedNanos = time.nanos();
            backfill.pass(
                    all, () -> isClosed || sinceCompared() >= LEAST.toNanos() && !began.equals(members(replicated())));
        }
    }

    private boolean isDue(List<Replicated> all) {
        return compared.isEmpty()
                || sinceCompared() >= MOST.toNanos()
                || sinceCompared() >= LEAST.toNanos() && !compared.get().equals(stamps(all));
    }

    private long sinceCompared() {
        return time.nanos() - comparedNanos;
    }

    /** What changes when a comparison would find something else. */
    private List<Object> stamps(List<Replicated> all) {
        List<Object> stamps = new ArrayList<>(members(all));
        stamps.add(archive.closedChanges());
        all.forEach(each -> stamps.add(each.source().stamp()));
        return stamps;
    }

    /** Which servers can be asked, and which of their streams come by themselves. */
    private List<Object> members(List<Replicated> all) {
        List<Object> members = new ArrayList<>();
        all.forEach(each -> members.add(each.source().name()));
        members.add(followers.entrySet().stream()
                .filter(each -> !each.getValue().isOver())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet()));
        return members;
    }

    @Override
    public void close() {
        isClosed = true;
        followers.values().forEach(StreamFollower::end);
    }
}
