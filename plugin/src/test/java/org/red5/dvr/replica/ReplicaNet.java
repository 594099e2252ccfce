package org.red5.dvr.replica;

import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.Recovery;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.retention.ArchiveLocks;
import org.red5.dvr.archive.retention.Disks;
import org.red5.dvr.archive.retention.Expiry;
import org.red5.dvr.archive.retention.RetentionRule;
import org.red5.dvr.archive.store.LocalTakes;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.file.Configuration;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * Servers that copy each other's archives, in one process and on one thread: real archives on a disk, time that the test lets pass, and ways between them that break. A
 * server is reached at {@code <name>:80}.
 */
final class ReplicaNet implements Closeable {
    static final SegmentGrid GRID = SegmentGrid.DEFAULT;

    final TestTime time;
    private final Path folder;
    private final Map<String, Server> servers = new LinkedHashMap<>();
    /** Every stream there ever was: asking for one that a server does not have does no harm. */
    private final Set<StreamKey> published = new TreeSet<>();

    private final Set<String> cut = new HashSet<>();
    private final List<Waiting> waiting = new ArrayList<>();
    /** Of media that went from one server to another. */
    long movedBytes;

    /** How many questions of each kind were asked. */
    final SortedMap<String, Integer> asked = new TreeMap<>();

    private record Waiting(String asker, String to, CompletableFuture<Object> answer) {}

    ReplicaNet(Path folder, long startMicros) {
        this.folder = folder;
        this.time = new TestTime(startMicros);
    }

    /** A server with these lines in its configuration; {@code ARCHIVE} stands for its directory. */
    Server server(String name, String configured) {
        Server server = new Server(name, configured);
        servers.put(name, server);
        return server;
    }

    List<Server> servers() {
        return List.copyOf(servers.values());
    }

    /** From now on two servers do not reach each other; what they wait for breaks off. */
    void cut(String one, String other) {
        cut.add(one + ' ' + other);
        cut.add(other + ' ' + one);
        breakOff();
    }

    void heal() {
        cut.clear();
    }

    private boolean isReachable(String asker, String to) {
        return !cut.contains(asker + ' ' + to)
                && servers.get(to).isUp()
                && servers.get(asker).isUp();
    }

    private void breakOff() {
        for (Waiting each : List.copyOf(waiting)) {
            if (!isReachable(each.asker(), each.to())) {
                each.answer().completeExceptionally(new ConnectException("reset"));
            }
        }
        waiting.removeIf(each -> each.answer().isDone());
    }

    /** Has all servers compare their archives, again and again, until nothing more comes. */
    void settle() {
        for (int i = 0; i < 2 * servers.size() + 2; i++) {
            time.pass(Duration.ofSeconds(31));
            servers.values().stream().filter(Server::isUp).forEach(server -> server.replicas.backfill());
        }
    }

    @Override
    public void close() {
        servers.values().forEach(Server::stop);
    }

    private final class ClockOf extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochSecond(time.micros() / 1_000_000, time.micros() % 1_000_000 * 1_000);
        }
    }

    /** One server. */
    final class Server {
        final String name;
        final Path root;
        private final String configured;
        private Optional<LocalArchive> archive = Optional.empty();
        LocalTakes takes;
        Replicas replicas;
        Expiry expiry;
        private int starts;
        /** What is published to it. */
        final Map<StreamKey, Publish> publishes = new LinkedHashMap<>();

        Server(String name, String configured) {
            this.name = name;
            this.root = folder.resolve(name);
            this.configured = configured;
        }

        boolean isUp() {
            return archive.isPresent();
        }

        LocalArchive archive() {
            return archive.orElseThrow();
        }

        void start() {
            DvrConfiguration configuration = configuration();
            ArchiveOptions options = ArchiveOptions.DEFAULT.withSyncOf(stream -> DiskSync.NONE);
            LocalArchive started = new LocalArchive(
                    stream -> configuration.archiveOf(stream).map(rule -> rule.root()),
                    configuration.roots(),
                    GRID,
                    options);
            new Recovery(started).run();
            archive = Optional.of(started);
            starts++;
            takes = new LocalTakes(started, new ClockOf(), name, Runnable::run);
            expiry = new Expiry(
                    started,
                    new ArchiveLocks(started),
                    stream -> configuration
                            .archiveOf(stream)
                            .map(rule -> rule.retention())
                            .map(kept -> new RetentionRule(
                                    name,
                                    kept.age()
                                            .map(age -> OptionalLong.of(age.toMillis() * 1_000))
                                            .orElse(OptionalLong.empty()),
                                    kept.bytes(),
                                    OptionalInt.empty())),
                    Disks::ofSystem,
                    time::micros,
                    () -> time.micros() * 1_000,
                    deleted -> {});
            replicas = new Replicas(
                    () -> configuration,
                    address -> new Source(this, address.host()),
                    started,
                    takes,
                    expiry::firstKept,
                    new ReplicaCounts(),
                    Runnable::run,
                    time.clocks(),
                    time::pass);
            replicas.start();
        }

        private DvrConfiguration configuration() {
            try {
                String text = "cluster_key abcd; node " + name + ";\n" + configured.replace("ARCHIVE", root.toString());
                Path file = Files.writeString(folder.resolve(name + ".conf"), text);
                return Configuration.read(file, folder, name);
            } catch (IOException | ConfigurationException e) {
                throw new AssertionError(e);
            }
        }

        /** It goes down as it would by a kill; what is published to it breaks off. */
        void stop() {
            if (archive.isPresent()) {
                LocalArchive stopped = archive.get();
                archive = Optional.empty();
                publishes.clear();
                replicas.close();
                breakOff();
                stopped.close();
            }
        }

        /** Its disk is another one. */
        void wipe() throws IOException {
            if (Files.exists(root)) {
                try (Stream<Path> all = Files.walk(root)) {
                    all.sorted(Comparator.reverseOrder())
                            .forEach(path -> path.toFile().delete());
                }
            }
        }

        /** Begins to publish so many segments to it, the first in the present cell. */
        Publish publish(StreamKey stream, int segments) throws IOException {
            Publish publish = new Publish(this, stream, segments);
            publishes.put(stream, publish);
            return publish;
        }

        /** The media, indexes and presence below its root, by their paths. */
        SortedMap<String, byte[]> files() throws IOException {
            SortedMap<String, byte[]> files = new TreeMap<>();
            if (Files.exists(root)) {
                try (Stream<Path> all = Files.walk(root)) {
                    for (Path file : all.filter(Files::isRegularFile).toList()) {
                        String path = root.relativize(file).toString();
                        if (path.endsWith(".mp4") || path.endsWith(".idx") || path.endsWith(".here")) {
                            files.put(path, Files.readAllBytes(file));
                        }
                    }
                }
            }
            return files;
        }
    }

    /** What comes in at a server. */
    final class Publish {
        private final Server server;
        private final StreamKey stream;
        private final TestTake take;
        private final TakeWriter writer;
        private final Runnable ended;
        private int written;

        Publish(Server server, StreamKey stream, int segments) throws IOException {
            this.server = server;
            this.stream = stream;
            published.add(stream);
            long late = 1_000L * (1 + servers().indexOf(server));
            long last = server.archive().lastNumber(stream).orElse(0);
            long number = Math.max(GRID.numberAt(time.micros()), last + 1);
            this.take = TestTake.of(GRID, number, late, segments, TestTake.Tracks.BOTH);
            this.ended = server.archive().recordingBegins(server.root, stream);
            this.writer = server.archive().begin(stream, take.id(), take.init(), ByteBuffer.allocateDirect(16 << 10));
        }

        TakeId take() {
            return take.id();
        }

        long number(int segment) {
            return take.contents().get(segment).number();
        }

        long hour(int segment) {
            return GRID.hourOf(number(segment));
        }

        /** Records the next segment; gives whether there was one. */
        boolean next() throws IOException {
            if (written == take.contents().size()) {
                return false;
            }
            writer.append(take.contents().get(written++));
            return true;
        }

        void end() throws IOException {
            writer.end(GapReason.NOT_PUBLISHED);
            server.publishes.remove(stream);
            ended.run();
        }
    }

    /** One server as another sees it. */
    private final class Source implements ReplicaSource {
        private final Server asker;
        private final String to;

        Source(Server asker, String to) {
            this.asker = asker;
            this.to = to;
        }

        @Override
        public String name() {
            return to;
        }

        @Override
        public boolean mayBeAsked() {
            return isReachable(asker.name, to);
        }

        @Override
        public Set<StreamKey> streams() {
            return mayBeAsked() ? published : Set.of();
        }

        @Override
        public boolean isLive(StreamKey stream) {
            return mayBeAsked() && servers.get(to).publishes.containsKey(stream);
        }

        @Override
        public Object stamp() {
            Server server = servers.get(to);
            return server.starts + " " + server.archive().closedChanges();
        }

        @Override
        public TakeStore takes(Duration patience) {
            return (TakeStore) Proxy.newProxyInstance(
                    TakeStore.class.getClassLoader(),
                    new Class<?>[] {TakeStore.class},
                    (proxy, method, arguments) -> ask(method, arguments));
        }

        private Object ask(Method method, Object... arguments)
                throws IllegalAccessException, InvocationTargetException {
            asked.merge(method.getName(), 1, Integer::sum);
            if (!mayBeAsked()) {
                return CompletableFuture.failedFuture(new ConnectException("refused"));
            }
            LocalTakes takes = servers.get(to).takes;
            // A poll would end by the system's clock, on another thread.
            CompletableFuture<?> answer = arguments != null && arguments[0] instanceof FollowRequest request
                    ? takes.follow(request, Duration.ofDays(1))
                    : (CompletableFuture<?>) method.invoke(takes, arguments);
            CompletableFuture<Object> arrived = new CompletableFuture<>();
            answer.whenComplete((value, failure) -> {
                if (failure != null) {
                    arrived.completeExceptionally(failure);
                } else if (arrived.complete(value)) {
                    count(value);
                }
            });
            if (!arrived.isDone()) {
                waiting.add(new Waiting(asker.name, to, arrived));
            }
            return arrived;
        }

        private void count(Object value) {
            if (value instanceof Optional<?> found && found.isPresent()) {
                if (found.get() instanceof SegmentReply segment) {
                    movedBytes += segment.bytes().lengthBytes();
                } else if (found.get() instanceof FollowReply news) {
                    news.segments()
                            .forEach(each -> movedBytes +=
                                    each.media().map(media -> media.length).orElse(0));
                }
            }
        }
    }
}
