package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * What a newcomer looks at first: an origin with a built-in live picture of the time of day, a cache that has the origin for a source,
 * and an edge that has the cache, and the origin behind it. It runs until the JVM is ended, whatever becomes of the servers, and then
 * takes them with it.
 */
public final class Demo {
    static final String STREAM = "live/camera";

    private static final int FIRST_RTMP_PORT = 1935;
    private static final int FIRST_HTTP_PORT = 5080;
    /** Three servers start on one machine, and have little to do: soon is better than fast. */
    private static final List<String> JVM_ARGUMENTS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private static final Duration FIRST_PICTURE_LIMIT = Duration.ofSeconds(60);
    private static final Duration ASKING_INTERVAL = Duration.ofMillis(250);
    private static final int HTTP_TIMEOUT_MILLIS = 5000;
    private static final int KEY_BYTES = 18;

    private final Path folder;
    private final PrintStream out;
    private final List<Red5Server> running = new ArrayList<>();

    private Demo(Path folder, PrintStream out) {
        this.folder = folder;
        this.out = out;
    }

    /** Takes one argument: the folder for the servers, whose archives are kept from run to run. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        new Demo(Path.of(arguments[0]).toAbsolutePath(), System.out).run();
    }

    private void run() throws IOException, InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopServers, "demo stop"));
        out.println("Starting an origin, a cache and an edge ...");
        out.flush();
        List<Red5Server> servers = startTogether();
        awaitFirstPicture(servers.get(2));
        describe(servers.get(0), servers.get(1), servers.get(2));
        new CountDownLatch(1).await(); // Ctrl-C, or whatever else ends the JVM.
    }

    /** The origin, the cache and the edge. */
    private List<Red5Server> startTogether() throws IOException, InterruptedException {
        String key = key();
        int originPort = Ports.freeAt(FIRST_HTTP_PORT);
        int cachePort = Ports.freeAt(FIRST_HTTP_PORT + 1);
        int edgePort = Ports.freeAt(FIRST_HTTP_PORT + 2);
        List<Callable<Red5Server>> starts = List.of(
                () -> start(DemoConfiguration.origin(key), FIRST_RTMP_PORT, originPort),
                () -> start(DemoConfiguration.cache(key, originPort), FIRST_RTMP_PORT + 1, cachePort),
                () -> start(DemoConfiguration.edge(key, cachePort, originPort), FIRST_RTMP_PORT + 2, edgePort));
        ExecutorService threads = Executors.newFixedThreadPool(starts.size());
        try {
            List<Red5Server> servers = new ArrayList<>();
            for (Future<Red5Server> server : threads.invokeAll(starts)) {
                servers.add(server.get());
            }
            return servers;
        } catch (ExecutionException e) {
            throw new IOException("the demo did not start", e.getCause());
        } finally {
            threads.shutdown();
        }
    }

    private Red5Server start(DemoConfiguration configuration, int rtmpPort, int httpPort)
            throws IOException, InterruptedException {
        Red5Server.Settings settings = Red5Server.in(folder.resolve(configuration.node()))
                .ports(Ports.freeAt(rtmpPort), httpPort)
                .conf(configuration.text());
        JVM_ARGUMENTS.forEach(settings::jvmArgument);
        Red5Server server = settings.start();
        synchronized (running) {
            running.add(server);
        }
        return server;
    }

    private void describe(Red5Server origin, Red5Server cache, Red5Server edge) {
        out.print("""

                  Watch on the edge     %s   a picture of the time of day: live, and any moment since it began
                  The others' pages     %s (origin), %s (cache)
                  Play over RTMP        %s
                  Publish               %s   from any RTMP encoder; the edge has it too
                  Configurations        %s   followed when you change them

                  Keep the edge's page open, and in another terminal try
                    kill -9 %d   the cache: the picture goes on, straight from the origin, and the map below it says so
                    kill -9 %d   the origin: what was watched before plays on from the cache, and the page says which server does not answer
                    kill -9 %d   the edge: the pages of the others stay
                  To start one again where it was, for instance the origin:
                    %s

                  Ctrl-C ends all of it.
                """.formatted(
                        edge.http("/dvr/"),
                        origin.http("/dvr/"),
                        cache.http("/dvr/"),
                        edge.rtmp(STREAM),
                        origin.rtmp("live/NAME"),
                        folder.resolve("*/conf/cluster-dvr.conf"),
                        cache.pid(),
                        origin.pid(),
                        edge.pid(),
                        commandLine(origin)));
        out.flush();
    }

    private static String commandLine(Red5Server server) {
        return "java -cp %s %s red5 --dir %s --bind 127.0.0.1 --rtmp-port %d --http-port %d"
                .formatted(
                        Red5Layout.ownFiles(),
                        Testbed.class.getName(),
                        server.dir(),
                        server.rtmpPort(),
                        server.httpPort());
    }

    /** What the three sign their requests to each other with, in this run. */
    private static String key() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The first segments are complete a few seconds after the first frame; before that the page would be empty. */
    private static void awaitFirstPicture(Red5Server server) throws IOException {
        URI playlist = server.http("/dvr/" + STREAM + "/index.m3u8");
        long limitNanos = System.nanoTime() + FIRST_PICTURE_LIMIT.toNanos();
        while (status(playlist) != HttpURLConnection.HTTP_OK) {
            if (System.nanoTime() > limitNanos) {
                throw new IOException(playlist + " answers " + status(playlist));
            }
            LockSupport.parkNanos(ASKING_INTERVAL.toNanos());
        }
    }

    private static int status(URI address) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        connection.setConnectTimeout(HTTP_TIMEOUT_MILLIS);
        connection.setReadTimeout(HTTP_TIMEOUT_MILLIS);
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    private void stopServers() {
        synchronized (running) {
            for (Red5Server server : running) {
                try {
                    server.stop();
                } catch (IOException e) {
                    System.err.println(e.getMessage());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    server.close();
                }
            }
        }
    }
}
