package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.red5.dvr.testbed.HttpProtocol;
import org.red5.dvr.testbed.Red5Server;
import org.red5.dvr.testbed.RtmpLoad;

/**
 * What serving costs: segments of 1.25 MB and the live playlist from a Red5 that records a stream meanwhile, and the same
 * bytes as files from an nginx with sendfile, in turns. Servers share one core, the client has the other.
 */
final class ServeBenchmark implements Benchmark {
    private static final int SERVER_CORE = 0;
    private static final int CLIENT_CORE = 1;
    private static final int WARM_UP_SECONDS = 10;

    /** 100 s: with 25 entries a playlist has 2 KB. */
    private static final String PLAYLIST = "/dvr/" + ServedFiles.LIVE + "/rewind-100-media.m3u8";

    private static final String REQUESTS = "segments per second, Red5 / nginx";
    private static final String CPU = "server CPU per GB, Red5 / nginx";

    /** One server under load: where it listens, and what it is asked for. */
    private record Server(String name, int port, long pid, String segment, String playlist) {}

    /** What one server did in one turn. */
    private record Turn(
            double perSecond, double cpuSecondsPerGigabyte, double cpuMicrosPerAnswer, double clientShare) {}

    private final Figures figures = new Figures("serve");
    private int seconds;
    private int rounds;
    private int connections;

    @Override
    public List<String> options() {
        return List.of("--seconds", "--rounds", "--connections", "--client", "--protocol", "--dir");
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        seconds = options.number("--seconds", 5, 1);
        rounds = options.number("--rounds", 5, 5);
        connections = options.number("--connections", 32, 1);
        Optional<Path> program = options.path("--client");
        HttpProtocol protocol = protocol(options.text("--protocol").orElse("nio"));
        try (Scratch scratch = new Scratch(options.path("--dir"))) {
            Path root = scratch.resolve("archive");
            Path www = scratch.resolve("www");
            ServedFiles files = ServedFiles.write(root, www);
            try (Red5Server red5 = Red5Server.in(scratch.resolve("red5"))
                    .conf("stream * { dvr \"" + root + "\" 30d; }\n")
                    .httpProtocol(protocol)
                    .start()) {
                boolean pinned = new ProcessMeter(red5.pid()).pin(SERVER_CORE)
                        && new ProcessMeter(ProcessHandle.current().pid()).pin(CLIENT_CORE);
                HttpClients clients = new HttpClients(program, connections, pinned ? CLIENT_CORE : -1);
                publishAndMeasure(red5, scratch.resolve("nginx"), www, files, clients, pinned);
            }
        }
        setGoals(protocol);
        return figures;
    }

    private static HttpProtocol protocol(String text) throws BenchException {
        return switch (text) {
            case "nio" -> HttpProtocol.NIO;
            case "nio2" -> HttpProtocol.NIO2;
            default -> throw new BenchException("--protocol takes nio or nio2, not \"" + text + '"');
        };
    }

    /** Goals are for the connector that has a sendfile. */
    private void setGoals(HttpProtocol protocol) {
        if (protocol == HttpProtocol.NIO && Nginx.isInstalled()) {
            figures.goal(REQUESTS, Goal.atLeast(0.7));
            figures.goal(CPU, Goal.atMost(1.5));
        }
        figures.note("Red5 with Tomcat's connector " + protocol
                + ". Where other programs use the cores too, only CPU time compares.");
    }

    private void publishAndMeasure(
            Red5Server red5, Path nginxFolder, Path www, ServedFiles files, HttpClients clients, boolean pinned)
            throws IOException, InterruptedException {
        ExecutorService publisher = Executors.newSingleThreadExecutor();
        try (RtmpLoad load = red5.load("live", "camera", 1, SyntheticClip.make(), 1)) {
            Duration longEnough = Duration.ofSeconds(60L + 4 * (WARM_UP_SECONDS + (long) rounds * (seconds + 5)));
            Future<RtmpLoad.Report> publishing = publisher.submit(() -> load.run(longEnough, Duration.ZERO));
            Server own = new Server("Red5", red5.httpPort(), red5.pid(), files.segmentPath(), PLAYLIST);
            Files.write(www.resolve("live.m3u8"), playlist(red5));
            if (Nginx.isInstalled()) {
                try (ChildServer nginx = Nginx.ofFiles(nginxFolder, www)) {
                    long pid = nginx.pids().get(0);
                    if (pinned) {
                        new ProcessMeter(pid).pin(SERVER_CORE);
                    }
                    Server peer = new Server("nginx", nginx.port(), pid, "/%d.m4s", "/live.m3u8");
                    measure(List.of(own, peer), files, clients);
                }
            } else {
                measure(List.of(own), files, clients);
                figures.note("There is no nginx here (install it to compare): the ratios are left out.");
            }
            if (publishing.isDone()) {
                throw new IOException("the live stream ended before its playlist was measured");
            }
            figures.note(connections + " connections; servers and client "
                    + (pinned ? "have a core each" : "share cores")
                    + ". Client busy is its share of one core: near 1, it was the client that set the pace.");
        } finally {
            publisher.shutdownNow();
        }
    }

    private void measure(List<Server> servers, ServedFiles files, HttpClients clients)
            throws IOException, InterruptedException {
        for (Server server : servers) {
            clients.run(server.port(), server.segment(), files, WARM_UP_SECONDS);
            clients.run(server.port(), server.playlist(), files, WARM_UP_SECONDS);
        }
        for (int round = 0; round < rounds; round++) {
            Turn[] segments = new Turn[servers.size()];
            Turn[] playlists = new Turn[servers.size()];
            for (int i = 0; i < servers.size(); i++) {
                Server server = servers.get(i);
                segments[i] = turn(server, server.segment(), files, clients);
                playlists[i] = turn(server, server.playlist(), files, clients);
                figures.add(server.name() + ": segments", "per second", segments[i].perSecond());
                figures.add(server.name() + ": CPU", "s/GB", segments[i].cpuSecondsPerGigabyte());
                figures.add(server.name() + ": client busy", "", segments[i].clientShare());
                figures.add(server.name() + ": playlists", "per second", playlists[i].perSecond());
                figures.add(server.name() + ": CPU per playlist", "us", playlists[i].cpuMicrosPerAnswer());
            }
            if (servers.size() > 1) {
                figures.add(REQUESTS, "", segments[0].perSecond() / segments[1].perSecond());
                figures.add(CPU, "", segments[0].cpuSecondsPerGigabyte() / segments[1].cpuSecondsPerGigabyte());
                figures.add(
                        "playlists per second, Red5 / nginx", "", playlists[0].perSecond() / playlists[1].perSecond());
            }
        }
    }

    private Turn turn(Server server, String path, ServedFiles files, HttpClients clients)
            throws IOException, InterruptedException {
        ProcessMeter meter = new ProcessMeter(server.pid());
        double before = meter.cpuSeconds();
        HttpLoad.Result result = clients.run(server.port(), path, files, seconds);
        double cpu = meter.cpuSeconds() - before;
        return new Turn(
                result.perSecond(),
                cpu / result.gigabytes(),
                cpu * 1e6 / result.answers(),
                result.ownCpuSeconds() / result.seconds());
    }

    private static byte[] playlist(Red5Server red5) throws IOException {
        try (InputStream body = red5.http(PLAYLIST).toURL().openStream()) {
            return body.readAllBytes();
        }
    }
}
