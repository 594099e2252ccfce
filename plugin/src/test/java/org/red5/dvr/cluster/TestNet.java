package org.red5.dvr.cluster;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.Secret;
import org.red5.dvr.config.file.Configuration;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.http.LaterReply;
import org.red5.dvr.http.Reply;
import org.red5.dvr.peer.Identities;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.peer.client.MediaListener;
import org.red5.dvr.peer.client.PeerReply;
import org.red5.dvr.peer.client.PeerRequest;
import org.red5.dvr.peer.client.RemotePeer;
import org.red5.dvr.peer.client.ReplyTimeout;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.peer.wire.PeerSignature;
import org.red5.dvr.peer.wire.Protocol;
import org.red5.dvr.peer.wire.RouteHeaders;
import org.red5.dvr.peer.wire.SignedRequest;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.util.Crc32c;

/**
 * Servers of one cluster in one process: all of the plugin's code between a viewer's question and the archives, on a net in memory that
 * counts requests and can be told to fail. Servers are reached at {@code <node>:80}.
 */
final class TestNet implements Closeable {
    static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    private static final Duration SLOW = Duration.ofSeconds(4);
    private static final Duration LATE = Duration.ofMillis(500);
    private static final Secret KEY = new Secret("abcd");

    final Timing time;
    private final AtomicInteger starts = new AtomicInteger();
    private final Path home;
    private final Optional<PeerMemory> sharedMemory;
    private final Map<String, Server> servers = new LinkedHashMap<>();
    private final Map<String, Fault> faults = new ConcurrentHashMap<>();
    private final Map<String, Duration> delays = new ConcurrentHashMap<>();
    private final Set<Link> broken = ConcurrentHashMap.newKeySet();
    /** Every request but heartbeats, in order. */
    private final List<Sent> sent = Collections.synchronizedList(new ArrayList<>());

    /** Reads the disks of all servers. */
    Executor disks = Runnable::run;

    /** The first bytes that parts of segments were asked from. */
    private final List<Long> ranges = Collections.synchronizedList(new ArrayList<>());

    final AtomicInteger heartbeats = new AtomicInteger();

    /** A request, by which server sent it to which: its path below the version, and its query. */
    record Sent(String from, String to, String path, String query, Route route) {
        String kind() {
            return path.substring(0, path.indexOf('/') < 0 ? path.length() : path.indexOf('/'));
        }
    }

    /** What is wrong with a server, as others see it. */
    enum Fault {
        /** Nobody listens. */
        REFUSED,
        /** Its web application is there, and the plugin has stopped. */
        STOPPED,
        /** It speaks version 1 of the peer interface, and so cannot read a signature. */
        OLD,
        /** It takes requests and says nothing. */
        SILENT,
        /** Its heartbeat is well, and everything else is silent. */
        SILENT_BUT_FOR_HEARTBEAT,
        /** Answers with bytes of segments, to who follows too, end too early. */
        CUT,
        /** Answers with bytes of segments begin at once and take four seconds. */
        SLOW_BYTES,
        /** Answers with bytes of segments begin at once and stop in the middle. */
        STALLED,
        /** A byte of each segment is another. */
        WRONG_BYTES,
        /** A byte of each segment becomes another on its way. */
        DAMAGED,
        /** All answers but heartbeats are on their way for half a second. */
        LATE
    }

    /** One server. */
    final class Server implements Closeable {
        /** What others reach it by. */
        final String host;

        final String node;
        final MemoryArchive archive;
        final Cluster cluster;
        final PeerHandler handler;
        long changedMillis;
        private volatile DvrConfiguration configuration;
        private final Clock clock;
        private final InstanceId instance;
        private final PeerSignature signature;
        private final PeerMemory memory;
        private volatile long aheadMicros;

        Server(String host, String node, String configured) {
            this.host = host;
            this.node = node;
            Timing own = new Timing(time.nanoTime(), () -> TestNet.this.time.micros() + aheadMicros, time.timer());
            this.clock = new ClockOf(own);
            this.archive = new MemoryArchive(node, GRID, own);
            this.instance = new InstanceId("start-" + starts.incrementAndGet());
            this.signature = new PeerSignature(KEY, node, instance, clock, new SecureRandom());
            this.memory =
                    sharedMemory.orElseGet(() -> new PeerMemory(8 << 20, 8 << 20, 64 << 20, 8 << 20, time.nanoTime()));
            long started = own.micros() / 1_000;
            this.changedMillis = started;
            this.configuration = configuration(host, node, configured);
            Identities identities = new Identities(node, instance, own);
            this.cluster = new Cluster(
                    () -> this.configuration,
                    identities,
                    new Cluster.Own(
                            archive,
                            archive.takes(),
                            () -> archive.status(identities.instance(), started, changedMillis),
                            task -> disks.execute(task),
                            Runnable::run),
                    (peer, request) -> send(this, peer, request),
                    memory,
                    own);
            this.handler = new PeerHandler(
                    identities,
                    signature,
                    cluster.status(),
                    question -> archive.takes(),
                    cluster.chain(),
                    (s, r) -> Optional.empty(),
                    clock);
        }

        /** From now on its clock is that far ahead of the others'. */
        void clockAhead(Duration ahead) {
            aheadMicros = ahead.toNanos() / 1_000;
        }

        /** Puts another configuration in force. */
        void configure(String... configured) {
            configuration = configuration(host, node, String.join("\n", configured));
            cluster.changed();
        }

        WaitingResolver resolver() {
            return new WaitingResolver(cluster.resolver());
        }

        @Override
        public void close() {
            cluster.peers().close();
            if (sharedMemory.isEmpty()) {
                memory.close();
            }
        }
    }

    TestNet(Path home, Timing time) {
        this(home, time, Optional.empty());
    }

    /** @param sharedMemory of all servers, instead of one for each: it knows by digests what it holds */
    TestNet(Path home, Timing time, Optional<PeerMemory> sharedMemory) {
        this.sharedMemory = sharedMemory;
        this.home = home;
        this.time = time;
    }

    private DvrConfiguration configuration(String host, String node, String configured) {
        try {
            Path file = Files.writeString(
                    home.resolve(host + ".conf"), "cluster_key abcd; node " + node + ";\n" + configured);
            return Configuration.read(file, home, node);
        } catch (IOException | ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    /** A server with these lines in its configuration, where {@code source} lines are {@code source <node>:80 …}. */
    Server server(String node, String... configured) {
        return serverAt(node, node, configured);
    }

    /** A server that is reached at {@code <host>:80} and has another name, or one that others have too. */
    Server serverAt(String host, String node, String... configured) {
        Server server = new Server(host, node, String.join("\n", configured));
        servers.put(host, server);
        return server;
    }

    /** From now on a server is reached by a second address as well. */
    void alias(String alias, String host) {
        servers.put(alias, servers.get(host));
    }

    /** From now on answers to heartbeats of a server are on their way that long. */
    void delay(String host, Duration way) {
        delays.put(host, way);
    }

    /** All servers begin to ask each other how they are. */
    void start() {
        servers.values().stream().distinct().forEach(server -> server.cluster.start());
    }

    void fault(String node, Fault fault) {
        faults.put(node, fault);
    }

    private record Link(String from, String to) {}

    /** From now on one cannot reach the other, which others can. */
    void breakLink(String from, String to) {
        broken.add(new Link(from, to));
    }

    void healLink(String from, String to) {
        broken.remove(new Link(from, to));
    }

    void well(String node) {
        faults.remove(node);
    }

    /** What was sent since the last call, heartbeats left out. */
    List<Sent> takeSent() {
        synchronized (sent) {
            List<Sent> all = List.copyOf(sent);
            sent.clear();
            return all;
        }
    }

    /** The bytes from which on parts of segments were asked for since the last call. */
    List<Long> takeRanges() {
        List<Long> all = List.copyOf(ranges);
        ranges.clear();
        return all;
    }

    /** One server as another asks it, with nothing remembered. */
    RemotePeer remote(Server asker, String host, Scope scope) {
        Peer peer = asker.cluster.peers().at(new PeerAddress(host, 80));
        return new RemotePeer(peer, scope, (address, request) -> send(asker, address, request), GRID);
    }

    private CompletableFuture<PeerReply> send(Server from, PeerAddress peer, PeerRequest request) {
        String to = peer.host();
        boolean isHeartbeat = request.path().endsWith("/status");
        if (isHeartbeat) {
            heartbeats.incrementAndGet();
        } else {
            String path = request.path().substring(Protocol.ROOT.length());
            sent.add(new Sent(from.host, to, path, request.query(), request.route()));
        }
        boolean isThere = servers.containsKey(to) && !broken.contains(new Link(from.host, to));
        Fault fault = isThere ? faults.get(to) : Fault.REFUSED;
        if (faults.get(from.host) == Fault.SILENT) {
            fault = Fault.SILENT; // Frozen, it hears nothing either.
        }
        CompletableFuture<PeerReply> reply = new CompletableFuture<>();
        if (fault == Fault.REFUSED) {
            reply.completeExceptionally(new ConnectException("refused"));
            return reply;
        }
        if (fault == Fault.OLD) {
            HttpReply refusal =
                    new HttpReply(401, List.of(new HttpReply.Header("WWW-Authenticate", "DVR1")), 0, Optional.empty());
            complete(servers.get(to), refusal, request, reply, Optional.empty());
            return reply;
        }
        if (fault == Fault.STOPPED) {
            HttpReply none = PeerHandler.noPeers();
            complete(servers.get(to), none, request, reply, Optional.empty());
            return reply;
        }
        Runnable stopTimeout = time.timer()
                .after(
                        request.timeout(),
                        () -> reply.completeExceptionally(new HttpTimeoutException(
                                "no answer within " + request.timeout().toMillis() + " ms")));
        reply.whenComplete((done, failure) -> stopTimeout.run());
        boolean isSilent = fault == Fault.SILENT || (fault == Fault.SILENT_BUT_FOR_HEARTBEAT && !isHeartbeat);
        if (!isSilent) {
            answer(
                    from,
                    servers.get(to),
                    request.media().isEmpty() ? request : begun(request, stopTimeout),
                    reply,
                    Optional.ofNullable(fault));
        }
        return reply;
    }

    /** A request that is told when its answer begins, after something else. */
    private static PeerRequest begun(PeerRequest request, Runnable first) {
        MediaListener told = request.media().orElseThrow();
        MediaListener both = new MediaListener() {
            @Override
            public long fromBytes() {
                return told.fromBytes();
            }

            @Override
            public Optional<Sink> begins(PeerReply head) throws IOException {
                first.run();
                return told.begins(head);
            }
        };
        return new PeerRequest(request.path(), request.query(), request.route(), request.timeout(), Optional.of(both));
    }

    private void answer(
            Server from, Server to, PeerRequest request, CompletableFuture<PeerReply> reply, Optional<Fault> fault) {
        Map<String, String> headers =
                new HashMap<>(RouteHeaders.of(request.route(), request.timeout().toMillis()));
        request.media().map(MediaListener::fromBytes).filter(first -> first > 0).ifPresent(first -> {
            ranges.add(first);
            headers.put("Range", "bytes=" + first + '-');
        });
        String query = request.query().isEmpty() ? null : request.query();
        String signed = from.signature.sign(
                SignedRequest.of("GET", request.path(), query, headers::get), Optional.of(to.instance));
        headers.put("Authorization", signed);
        Reply answer = to.handler.handle(new HttpRequest("GET", request.path(), query, headers::get));
        if (answer instanceof LaterReply later) {
            later.reply().whenComplete((done, failure) -> {
                Optional<Fault> then = Optional.ofNullable(faults.get(to.host));
                if (done != null && then.filter(TestNet::isGone).isEmpty()) {
                    complete(to, done, request, reply, then);
                }
            });
            reply.whenComplete((done, failure) -> later.reply().cancel(false));
        } else {
            complete(to, (HttpReply) answer, request, reply, fault);
        }
    }

    private static boolean isGone(Fault fault) {
        return fault == Fault.REFUSED || fault == Fault.SILENT;
    }

    private void complete(
            Server from,
            HttpReply answer,
            PeerRequest request,
            CompletableFuture<PeerReply> reply,
            Optional<Fault> fault) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(from.clock)));
        answer.headers().forEach(header -> headers.put(header.name(), header.value()));
        MediaBytes body = answer.body().orElse(new MediaBytes.InMemory(new byte[0]));
        headers.put("Content-Length", Long.toString(body.lengthBytes()));
        boolean hasMedia =
                (request.path().contains("/segment/") || request.path().contains("/follow/"))
                        && body.lengthBytes() > 0
                        && answer.status() / 100 == 2;
        Optional<Fault> harm = hasMedia ? fault : Optional.empty();
        if (harm.filter(Set.of(Fault.WRONG_BYTES, Fault.DAMAGED)::contains).isPresent()) {
            byte[] wrong = bytes(body);
            wrong[wrong.length - 10] ^= 1;
            body = new MediaBytes.InMemory(wrong);
            if (harm.get() == Fault.WRONG_BYTES) {
                headers.put("DVR-CRC", Crc32c.text(Crc32c.of(wrong)));
            }
        }
        Transfer transfer;
        try {
            transfer = new Transfer(new PeerReply(answer.status(), headers, new byte[0]), body, request, reply);
        } catch (IOException e) {
            reply.completeExceptionally(e);
            return;
        }
        if (harm.filter(Fault.CUT::equals).isPresent()) {
            transfer.run(body.lengthBytes() / 2);
            reply.completeExceptionally(new IOException("the answer ended too early"));
        } else if (harm.filter(Fault.STALLED::equals).isPresent()) {
            transfer.run(body.lengthBytes() / 2);
            IOException stopped = new IOException("the answer stopped in the middle");
            time.timer().after(ReplyTimeout.STALL, () -> reply.completeExceptionally(stopped));
        } else {
            Duration late = fault.filter(Fault.LATE::equals).isPresent() ? LATE : null;
            Duration slow = harm.filter(Fault.SLOW_BYTES::equals).isPresent() ? SLOW : late;
            Duration way = request.path().endsWith("/status") ? delays.get(from.host) : slow;
            if (way == null) {
                transfer.run();
            } else {
                transfer.run(harm.filter(Fault.SLOW_BYTES::equals).isPresent() ? body.lengthBytes() / 2 : 0);
                time.timer().after(way, transfer);
            }
        }
    }

    /** An answer on its way, in pieces. */
    private static final class Transfer implements Runnable {
        private final PeerReply head;
        private final MediaBytes body;
        private final CompletableFuture<PeerReply> reply;
        private final ByteArrayOutputStream collected = new ByteArrayOutputStream();
        private final MediaListener.Sink sink;
        private long position;

        /** @throws IOException when it is not wanted */
        Transfer(PeerReply head, MediaBytes body, PeerRequest request, CompletableFuture<PeerReply> reply)
                throws IOException {
            this.head = head;
            this.body = body;
            this.reply = reply;
            Optional<MediaListener.Sink> given = request.media().isEmpty()
                    ? Optional.empty()
                    : request.media().get().begins(head);
            sink = given.orElse(bytes -> {
                byte[] piece = new byte[bytes.remaining()];
                bytes.get(piece);
                collected.writeBytes(piece);
            });
            if (body instanceof MediaBytes.Arriving arriving) {
                arriving.bytes().listen(this);
                reply.whenComplete((done, failure) -> {
                    arriving.bytes().forget(this);
                    arriving.leave().run();
                });
            }
        }

        /** All that there is, and the end when that is all. */
        @Override
        public void run() {
            run(body.lengthBytes());
            if (position == body.lengthBytes()) {
                reply.complete(new PeerReply(head.status(), head.headers(), collected.toByteArray()));
            }
        }

        void run(long end) {
            try {
                long there = body instanceof MediaBytes.Arriving arriving
                        ? position + arriving.readableBytes(position)
                        : body.lengthBytes();
                int length = (int) (Math.min(end, there) - position);
                if (!reply.isDone() && length > 0) {
                    long from = position;
                    position += length;
                    sink.take(ByteBuffer.wrap(body.read(from, length)));
                }
            } catch (IOException e) {
                reply.completeExceptionally(e);
            }
        }
    }

    static byte[] bytes(MediaBytes bytes) {
        try {
            return bytes.read(0, (int) bytes.lengthBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        servers.values().stream().distinct().forEach(Server::close);
    }

    /** The same time for signatures. */
    private static final class ClockOf extends Clock {
        private final Timing time;

        ClockOf(Timing time) {
            this.time = time;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plus(Duration.ofNanos(time.micros() * 1_000));
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
