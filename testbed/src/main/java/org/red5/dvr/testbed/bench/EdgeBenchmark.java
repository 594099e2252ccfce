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
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.red5.dvr.archive.TakeWriter;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/**
 * What an edge adds: the time to the first byte of segments of 1.25 MB that the edge was never asked for, and the same segments from
 * the origin, in turns on one connection to each.
 */
final class EdgeBenchmark implements Benchmark {
    private static final StreamKey STREAM = new StreamKey("live", "segments");
    private static final int WARM_UP_SEGMENTS = 40;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long ASKING_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final String ADDED = "first byte, added by the edge";

    /** How long an answer took to begin, and to be whole. */
    private record Times(double firstByteMillis, double wholeMillis) {}

    private final Figures figures = new Figures("edge");
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Override
    public List<String> options() {
        return List.of("--segments", "--rounds", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        int segments = options.number("--segments", 30, 5);
        int rounds = options.number("--rounds", 5, 5);
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            SegmentGrid grid = TestArchive.GRID;
            int count = WARM_UP_SEGMENTS + rounds * segments;
            long first =
                    grid.numberAt(System.currentTimeMillis() * 1_000) - count - 2L * 3_600_000 / grid.periodMillis();
            String prefix = "/dvr/" + STREAM + "/segments/" + record(scratch.resolve("archive"), first, count) + '/';
            try (Red5Server origin =
                            server(scratch, "origin", "stream * { dvr \"" + scratch.resolve("archive") + "\"; }");
                    Red5Server edge = server(scratch, "edge", "source 127.0.0.1:" + origin.httpPort() + ';')) {
                awaitStream(edge, prefix + first + ".m4s");
                long number = first + 1;
                for (int i = 1; i < WARM_UP_SEGMENTS; i++) {
                    measure(origin, edge, prefix, number++);
                }
                for (int round = 0; round < rounds; round++) {
                    round(origin, edge, prefix, number, segments);
                    number += segments;
                }
            }
        }
        figures.goal(ADDED, Goal.atMost(30));
        figures.note(
                "Medians of " + segments + " segments in each round; servers and client share the machine's cores.");
        return figures;
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

    private void round(Red5Server origin, Red5Server edge, String prefix, long from, int segments)
            throws IOException, InterruptedException {
        List<Times> own = new ArrayList<>();
        List<Times> passed = new ArrayList<>();
        for (int i = 0; i < segments; i++) {
            Times[] both = measure(origin, edge, prefix, from + i);
            own.add(both[0]);
            passed.add(both[1]);
        }
        figures.add("first byte, origin", "ms", median(own, false));
        figures.add("first byte, edge", "ms", median(passed, false));
        figures.add(ADDED, "ms", median(passed, false) - median(own, false));
        figures.add("whole segment, origin", "ms", median(own, true));
        figures.add("whole segment, edge", "ms", median(passed, true));
    }

    /** The origin first and the edge first by turns: whoever comes second finds the bytes in the page cache. */
    private Times[] measure(Red5Server origin, Red5Server edge, String prefix, long number)
            throws IOException, InterruptedException {
        String path = prefix + number + ".m4s";
        Times[] both = new Times[2];
        for (int turn = 0; turn < 2; turn++) {
            int which = (int) ((number + turn) % 2);
            both[which] = measure((which == 0 ? origin : edge).http(path));
        }
        return both;
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
