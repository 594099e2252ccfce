package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.testbed.HttpProtocol;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/**
 * What an edge with a segment cache adds, and what it carries, beside nginx and Varnish as caches in front of the same origin, where they are
 * installed: segments of 1.25 MB that an edge was never asked for, one of them for many clients at once, and then the same again.
 */
final class EdgeBenchmark implements Benchmark {
    private static final StreamKey STREAM = new StreamKey("live", "segments");
    private static final int WARM_UP_SEGMENTS = 40;
    /** Of hits, for the compiler of a JVM. */
    private static final int WARM_UP_SECONDS = 10;

    private static final int HIT_CONNECTIONS = 32;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long ASKING_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final String OWN = "Red5";
    private static final String ADDED = ": first byte, added";

    /** How long an answer took to begin, and to be whole. */
    private record Times(double firstByteMillis, double wholeMillis) {}

    /** One that answers: an edge, or the origin. */
    private record Server(String name, int port, Supplier<List<Long>> pids) {
        URI at(String path) {
            return URI.create("http://127.0.0.1:" + port + path);
        }

        double cpuSeconds() throws IOException {
            double seconds = 0;
            for (long pid : pids.get()) {
                seconds += new ProcessMeter(pid).cpuSeconds();
            }
            return seconds;
        }
    }

    private final Figures figures = new Figures("edge");
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int segments;
    private int rounds;
    private int clients;
    private int seconds;

    @Override
    public List<String> options() {
        return List.of("--segments", "--rounds", "--clients", "--seconds", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        segments = options.number("--segments", 30, 5);
        rounds = options.number("--rounds", 5, 5);
        clients = options.number("--clients", 500, 1);
        seconds = options.number("--seconds", 3, 1);
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            SegmentGrid grid = TestArchive.GRID;
            int count = WARM_UP_SEGMENTS + rounds * (segments + 1);
            long first =
                    grid.numberAt(System.currentTimeMillis() * 1_000) - count - 2L * 3_600_000 / grid.periodMillis();
            String prefix = "/dvr/" + STREAM + "/segments/" + record(scratch.resolve("archive"), first, count) + '/';
            try (Red5Server origin =
                            server(scratch, "origin", "stream * { dvr \"" + scratch.resolve("archive") + "\"; }");
                    Red5Server edge = server(
                            scratch,
                            "edge",
                            "source 127.0.0.1:" + origin.httpPort() + " { cache \"" + scratch.resolve("cache")
                                    + "\" 2d 4G; }")) {
                awaitStream(edge, prefix + first + ".m4s");
                Server direct = new Server("origin", origin.httpPort(), () -> List.of(origin.pid()));
                Server own = new Server(OWN, edge.httpPort(), () -> List.of(edge.pid()));
                withOthers(direct, own, scratch, edges -> measure(direct, edges, prefix, first + 1));
            }
        }
        figures.note("Medians of " + segments + " segments in each round, " + clients
                + " clients of one segment, then " + HIT_CONNECTIONS + " for " + seconds
                + " s of what is cached; servers and client share the machine's cores.");
        return figures;
    }

    /** Measures edges. */
    private interface Measuring {
        void of(List<Server> edges) throws IOException, InterruptedException;
    }

    private void withOthers(Server origin, Server own, Scratch scratch, Measuring measuring)
            throws IOException, InterruptedException {
        List<ChildServer> children = new ArrayList<>();
        List<Server> edges = new ArrayList<>(List.of(own));
        try {
            if (Nginx.isInstalled()) {
                ChildServer nginx = Nginx.edgeOf(origin.port(), scratch.resolve("nginx"));
                children.add(nginx);
                edges.add(new Server("nginx", nginx.port(), nginx::pids));
            }
            if (Varnish.isInstalled()) {
                ChildServer varnish = Varnish.edgeOf(origin.port(), scratch.resolve("varnish"));
                children.add(varnish);
                edges.add(new Server("Varnish", varnish.port(), varnish::pids));
            }
            measuring.of(edges);
        } finally {
            children.forEach(ChildServer::close);
        }
    }

    private void measure(Server origin, List<Server> edges, String prefix, long from)
            throws IOException, InterruptedException {
        List<Server> all = new ArrayList<>(List.of(origin));
        all.addAll(edges);
        long number = from;
        for (int i = WARM_UP_SEGMENTS - 1; i > 0; i--) {
            measure(all, prefix, number + i - 1);
        }
        List<String> warm = paths(prefix, number, WARM_UP_SEGMENTS - 1);
        number += WARM_UP_SEGMENTS - 1;
        for (Server edge : edges) {
            try (HttpLoad load = new HttpLoad(edge.port(), HIT_CONNECTIONS, warm)) {
                load.run(WARM_UP_SECONDS);
            }
        }
        for (int round = 0; round < rounds; round++) {
            misses(all, prefix, number);
            List<String> cached = paths(prefix, number, segments);
            number += segments;
            List<Server> inTurn = new ArrayList<>(edges);
            Collections.rotate(inTurn, round);
            compared("one uncached segment for all, last byte, p99", "ms", inTurn, burst(prefix + number++ + ".m4s"));
            compared("hits", "per second", inTurn, edge -> hits(edge, cached));
        }
        figures.goal(OWN + ADDED, Goal.atMost(30));
        if (Nginx.isInstalled()) {
            figures.goal("hits, " + OWN + " / nginx", Goal.atLeast(1));
        }
    }

    /** Backwards, as {@link #misses}. */
    private static List<String> paths(String prefix, long from, int count) {
        return LongStream.range(0, count)
                .mapToObj(i -> prefix + (from + count - 1 - i) + ".m4s")
                .toList();
    }

    /** One figure of one edge. */
    private interface Figure {
        double of(Server edge) throws IOException;
    }

    private void compared(String what, String unit, List<Server> edges, Figure figure) throws IOException {
        Map<String, Double> values = new LinkedHashMap<>();
        for (Server edge : edges) {
            values.put(edge.name(), figure.of(edge));
        }
        values.forEach((name, value) -> figures.add(name + ": " + what, unit, value));
        double own = values.getOrDefault(OWN, Double.NaN);
        values.forEach((name, value) -> {
            if (!name.equals(OWN)) {
                figures.add(what + ", " + OWN + " / " + name, "", own / value);
            }
        });
    }

    private Figure burst(String path) {
        return edge -> {
            try (HttpLoad load = new HttpLoad(edge.port(), clients, List.of(path))) {
                double[] millis = load.once();
                return millis[(int) (0.99 * (millis.length - 1))];
            }
        };
    }

    private double hits(Server edge, List<String> paths) throws IOException {
        double before = edge.cpuSeconds();
        try (HttpLoad load = new HttpLoad(edge.port(), HIT_CONNECTIONS, paths)) {
            HttpLoad.Result result = load.run(seconds);
            figures.add(edge.name() + ": CPU", "s/GB", (edge.cpuSeconds() - before) / result.gigabytes());
            return result.perSecond();
        }
    }

    private static String record(Path root, long first, int count) throws IOException {
        try (TestArchive archive = new TestArchive(root)) {
            TakeWriter take = archive.begin(STREAM, first);
            archive.append(take, first, first + count, TestArchive.Content.FULL);
            take.end(GapReason.NOT_PUBLISHED);
            return take.take().value();
        }
    }

    private static Red5Server server(Scratch scratch, String node, String conf)
            throws IOException, InterruptedException {
        return Red5Server.in(scratch.resolve(node))
                .conf("cluster_key benchmark;\nnode " + node + ";\n" + conf + '\n')
                .httpProtocol(HttpProtocol.NIO)
                .start();
    }

    /** An edge answers for a stream when it has heard of it from its source. */
    private void awaitStream(Red5Server edge, String path) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        HttpRequest request = HttpRequest.newBuilder(edge.http(path)).build();
        while (http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() != 200) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the edge does not get " + path);
            }
            LockSupport.parkNanos(ASKING_INTERVAL_NANOS);
        }
    }

    /** Backwards: for who goes on from one segment to the next the following ones would be there already. */
    private void misses(List<Server> servers, String prefix, long from) throws IOException, InterruptedException {
        List<List<Times>> times = new ArrayList<>();
        servers.forEach(server -> times.add(new ArrayList<>()));
        for (int i = segments; i > 0; i--) {
            Times[] each = measure(servers, prefix, from + i - 1);
            for (int which = 0; which < each.length; which++) {
                times.get(which).add(each[which]);
            }
        }
        for (int which = 0; which < servers.size(); which++) {
            String name = servers.get(which).name();
            figures.add(name + ": first byte", "ms", median(times.get(which), false));
            if (which > 0) {
                double added = median(times.get(which), false) - median(times.get(0), false);
                figures.add(name + ADDED, "ms", added);
            }
            figures.add(name + ": whole segment", "ms", median(times.get(which), true));
        }
    }

    /** One after the other, with another first each time: whoever comes second finds the bytes in the page cache. */
    private Times[] measure(List<Server> servers, String prefix, long number) throws IOException, InterruptedException {
        Times[] times = new Times[servers.size()];
        for (int turn = 0; turn < times.length; turn++) {
            int which = (int) ((number + turn) % times.length);
            times[which] = measure(servers.get(which).at(prefix + number + ".m4s"));
        }
        return times;
    }

    private Times measure(URI address) throws IOException, InterruptedException {
        long start = System.nanoTime();
        HttpResponse<InputStream> response =
                http.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            int firstByte = body.read();
            long begun = System.nanoTime();
            if (response.statusCode() != 200 || firstByte < 0) {
                throw new IOException(address + " answers " + response.statusCode());
            }
            body.readAllBytes();
            return new Times((begun - start) / 1e6, (System.nanoTime() - start) / 1e6);
        }
    }

    private static double median(List<Times> times, boolean whole) {
        double[] sorted = times.stream()
                .mapToDouble(time -> whole ? time.wholeMillis() : time.firstByteMillis())
                .sorted()
                .toArray();
        return sorted[sorted.length / 2];
    }
}
