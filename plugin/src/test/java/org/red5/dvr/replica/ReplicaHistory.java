package org.red5.dvr.replica;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * A made-up history of servers that all copy each other's archives, beside a simple account of what each must have: what it was given stays, unless its disk is lost or damaged
 * or its limit lets it go. When it has become quiet, whatever any server still had is on all that may keep it, in the same files, and nothing else is.
 */
final class ReplicaHistory {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final long FIRST_CELL = 440_955_000;
    private static final int MOST_SERVERS = 5;
    private static final int STEPS = 25;

    private final Random random;
    private final ReplicaNet net;
    private final Map<ReplicaNet.Server, Set<Had>> account = new HashMap<>();
    /** Whose disk was changed by somebody else: what it has left is seen when it is up again. */
    private final Set<ReplicaNet.Server> disturbed = new HashSet<>();

    private final List<String> told = new ArrayList<>();
    private int outages;
    private int wipes;

    /** A segment. */
    private record Had(long hour, TakeId take, long number) {}

    ReplicaHistory(Path folder, long seed) {
        random = new Random(seed);
        net = new ReplicaNet(folder, ReplicaNet.GRID.startUtcMicros(FIRST_CELL) + 1_500_000);
        int servers = 2 + random.nextInt(MOST_SERVERS - 1);
        for (int i = 0; i < servers; i++) {
            StringBuilder configured =
                    new StringBuilder("stream * { dvr ARCHIVE " + (3 + random.nextInt(20)) + "h; }\n");
            for (int other = 0; other < servers; other++) {
                if (other != i) {
                    configured.append("source s" + other + ":80 { dvr ARCHIVE; }\n");
                }
            }
            account.put(net.server("s" + i, configured.toString()), new HashSet<>());
        }
        net.servers().forEach(ReplicaNet.Server::start);
    }

    /** What happened, for the message of a failure. */
    String told() {
        return String.join(", ", told);
    }

    int outages() {
        return outages;
    }

    int wipes() {
        return wipes;
    }

    void run() throws IOException {
        for (int step = 0; step < STEPS; step++) {
            step(net.servers().get(random.nextInt(net.servers().size())));
            look();
        }
        comeToRest();
        requireAllEqual();
        net.close();
    }

    private void step(ReplicaNet.Server server) throws IOException {
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> publish(server);
            case 3 -> {
                if (server.isUp()) {
                    tell(server, "stops");
                    outages++;
                    server.stop();
                }
                if (random.nextInt(3) == 0) {
                    tell(server, "is wiped");
                    wipes++;
                    server.wipe();
                    disturbed.add(server);
                } else if (random.nextInt(3) == 0) {
                    damage(server);
                }
            }
            case 4 -> start(server);
            case 5 -> {
                ReplicaNet.Server other =
                        net.servers().get(random.nextInt(net.servers().size()));
                tell(server, "is cut from " + other.name);
                net.cut(server.name, other.name);
            }
            case 6 -> {
                told.add("all are connected");
                net.heal();
            }
            case 7 -> {
                net.time.pass(Duration.ofMinutes(random.nextInt(100)));
                expire(server);
            }
            default -> {
                if (server.isUp()) {
                    tell(server, "compares");
                    net.time.pass(Duration.ofSeconds(31));
                    server.replicas.backfill();
                }
            }
        }
    }

    private void tell(ReplicaNet.Server server, String what) {
        told.add(server.name + ' ' + what);
    }

    private void start(ReplicaNet.Server server) {
        if (!server.isUp()) {
            tell(server, "starts");
            server.start();
        }
    }

    /** Some segments of a take, over which something may go wrong. */
    private void publish(ReplicaNet.Server server) throws IOException {
        if (!server.isUp()) {
            return;
        }
        int segments = 1 + random.nextInt(6);
        tell(server, "records " + segments);
        ReplicaNet.Publish publish = server.publish(CAMERA, segments);
        for (int i = 0; i < segments && server.isUp(); i++) {
            net.time.pass(Duration.ofMillis(ReplicaNet.GRID.periodMillis()));
            publish.next();
            account.get(server).add(new Had(publish.hour(i), publish.take(), publish.number(i)));
            switch (random.nextInt(8)) {
                case 0 ->
                    net.cut(
                            server.name,
                            net.servers().get(random.nextInt(net.servers().size())).name);
                case 1 -> net.heal();
                case 2 -> {
                    if (random.nextInt(3) == 0) {
                        tell(server, "stops at it");
                        outages++;
                        server.stop();
                    }
                }
                default -> {}
            }
        }
        if (server.isUp()) {
            publish.end();
        }
        net.time.pass(Duration.ofSeconds(2));
    }

    /** Another byte in some segment of a file. */
    private void damage(ReplicaNet.Server server) throws IOException {
        SortedMap<String, byte[]> files = server.files();
        files.keySet().removeIf(path -> !path.endsWith(".mp4"));
        if (!files.isEmpty()) {
            String path = files.keySet().stream()
                    .skip(random.nextInt(files.size()))
                    .findFirst()
                    .orElseThrow();
            tell(server, "has damage in " + path);
            byte[] bytes = files.get(path);
            bytes[bytes.length - 1 - random.nextInt(200)] ^= 1;
            Files.write(server.root.resolve(path), bytes);
            disturbed.add(server);
        }
    }

    private void expire(ReplicaNet.Server server) throws IOException {
        if (server.isUp()) {
            tell(server, "lets old hours go");
            server.expiry.sweep();
            net.time.pass(Duration.ofSeconds(31));
            server.expiry.sweep();
        }
    }

    /** Each server has what it must have; what it has besides, it was given by others. */
    private void look() throws IOException {
        for (ReplicaNet.Server server : net.servers()) {
            if (server.isUp()) {
                Set<Had> has = held(server);
                Set<Had> must = account.get(server);
                long firstKept = server.expiry.firstKept(CAMERA);
                must.removeIf(one -> one.hour() < firstKept);
                if (!disturbed.remove(server)) {
                    require(has.containsAll(must), server.name + " has lost " + minus(must, has));
                }
                account.put(server, has);
            }
        }
    }

    private static Set<Had> minus(Set<Had> all, Set<Had> some) {
        Set<Had> rest = new HashSet<>(all);
        rest.removeAll(some);
        return rest;
    }

    private static Set<Had> held(ReplicaNet.Server server) {
        Set<Had> held = new HashSet<>();
        for (HourListing.Hour hour : server.takes.hours(CAMERA, 0, Long.MAX_VALUE / 2).join().stream()
                .flatMap(listing -> listing.hours().stream())
                .toList()) {
            HourIndex index = server.takes
                    .openIndex(CAMERA, hour.hour(), hour.take(), 0)
                    .join()
                    .orElseThrow()
                    .index();
            for (int i = 0; i < index.count(); i++) {
                if (index.isHere(i)) {
                    held.add(new Had(hour.hour(), hour.take(), index.number(i)));
                }
            }
        }
        return held;
    }

    private void comeToRest() throws IOException {
        told.add("and then it is quiet");
        net.heal();
        net.servers().forEach(this::start);
        look();
        net.settle();
        for (ReplicaNet.Server server : net.servers()) {
            expire(server);
        }
        net.settle();
        net.servers().forEach(server -> server.expiry.sweep());
    }

    private void requireAllEqual() throws IOException {
        Set<Had> all = new HashSet<>();
        account.values().forEach(all::addAll);
        for (ReplicaNet.Server server : net.servers()) {
            long firstKept = server.expiry.firstKept(CAMERA);
            Set<Had> wanted = new HashSet<>(all);
            wanted.removeIf(one -> one.hour() < firstKept);
            Set<Had> has = held(server);
            require(has.containsAll(wanted), server.name + " lacks " + minus(wanted, has));
            require(wanted.containsAll(has), server.name + " has " + minus(has, wanted) + " from nobody");
        }
        SortedMap<String, byte[]> first = wholeFiles(net.servers().get(0));
        for (ReplicaNet.Server server : net.servers()) {
            wholeFiles(server).forEach((path, bytes) -> {
                byte[] other = first.putIfAbsent(path, bytes);
                require(
                        other == null || Arrays.equals(bytes, other),
                        server.name + " has another " + path + " of " + bytes.length + " bytes in place of "
                                + (other == null ? 0 : other.length));
            });
        }
    }

    /** Indexes, and media of which nothing is missing: where something is, it may be damaged at one and have never come to another. */
    private static SortedMap<String, byte[]> wholeFiles(ReplicaNet.Server server) throws IOException {
        SortedMap<String, byte[]> files = server.files();
        Set<String> all = Set.copyOf(files.keySet());
        files.keySet()
                .removeIf(path ->
                        path.endsWith(".here") || path.endsWith(".mp4") && all.contains(path.replace(".mp4", ".here")));
        return files;
    }

    private static void require(boolean condition, String sentence) {
        if (!condition) {
            throw new AssertionError(sentence);
        }
    }
}
