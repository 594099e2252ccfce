package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a newcomer looks at first: an origin with a built-in live picture of the time of day, a cache that has the origin for a source,
 * and an edge that has the cache. It runs until the JVM is ended, and then takes everything with it.
 */
public final class Demo {
    private static final String STREAM = "live/camera";
    private static final int WIDTH = 960;
    private static final int HEIGHT = 540;
    private static final Duration FIRST_PICTURE_LIMIT = Duration.ofSeconds(60);
    private static final Duration ASKING_INTERVAL = Duration.ofMillis(250);
    private static final Duration ENDING_TOGETHER = Duration.ofSeconds(1);
    private static final int HTTP_TIMEOUT_MILLIS = 5000;
    private static final int KEY_BYTES = 18;

    private final Path folder;
    private final PrintStream out;
    private final CountDownLatch ending = new CountDownLatch(1);
    private final Deque<Red5Server> servers = new ArrayDeque<>();

    private Demo(Path folder, PrintStream out) {
        this.folder = folder;
        this.out = out;
    }

    /** Takes one argument: the folder for the servers, whose archives are kept from run to run. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        new Demo(Path.of(arguments[0]), System.out).run();
    }

    private void run() throws IOException, InterruptedException {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopServers, "demo stop"));
        out.println("Starting an origin, a cache and an edge ...");
        out.flush();
        String key = key();
        Red5Server origin = start(DemoConfiguration.origin(key));
        Red5Server cache = start(DemoConfiguration.cache(key, origin.httpPort()));
        Red5Server edge = start(DemoConfiguration.edge(key, cache.httpPort()));
        try (LiveClock camera = LiveClock.start(ffmpeg, origin.rtmp(STREAM), WIDTH, HEIGHT)) {
            awaitFirstPicture(edge, camera);
            describe(origin, cache, edge);
            camera.awaitEnd();
            if (!isEnding()) {
                throw new IOException("the built-in live picture ended: " + camera.errors());
            }
        }
    }

    private void describe(Red5Server origin, Red5Server cache, Red5Server edge) {
        out.println();
        out.println("  Player page of the edge    " + edge.http("/dvr/"));
        out.println("              of the cache   " + cache.http("/dvr/"));
        out.println("              of the origin  " + origin.http("/dvr/"));
        out.println("  Play over RTMP from        " + edge.rtmp(STREAM));
        out.println("  Publish to                 " + origin.rtmp("live/NAME")
                + "   (any RTMP encoder; the edge has it too)");
        for (Red5Server server : List.of(origin, cache, edge)) {
            out.println("  Configuration              " + server.dir().resolve("conf/cluster-dvr.conf"));
        }
        out.println("                             (followed when you change it)");
        out.println();
        out.println("  Ctrl-C ends it.");
        out.flush();
    }

    /** What the three sign their requests to each other with, in this run. */
    private static String key() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Ctrl-C reaches the servers and the encoder too, perhaps before this JVM has begun to end. */
    private boolean isEnding() throws InterruptedException {
        return ending.await(ENDING_TOGETHER.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Red5Server start(DemoConfiguration configuration) throws IOException, InterruptedException {
        Red5Server server = Red5Server.in(folder.resolve(configuration.node()))
                .conf(configuration.text())
                .start();
        synchronized (servers) {
            servers.addFirst(server);
        }
        return server;
    }

    /** The first segments are complete a few seconds after the first frame; before that the page would be empty. */
    private static void awaitFirstPicture(Red5Server server, LiveClock camera) throws IOException {
        URI playlist = server.http("/dvr/" + STREAM + "/index.m3u8");
        long limitNanos = System.nanoTime() + FIRST_PICTURE_LIMIT.toNanos();
        while (status(playlist) != HttpURLConnection.HTTP_OK) {
            if (System.nanoTime() > limitNanos || !camera.isAlive()) {
                throw new IOException(playlist + " answers " + status(playlist) + ", encoder: " + camera.errors());
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

    /** Who asks goes before whom it asks. */
    private void stopServers() {
        ending.countDown();
        synchronized (servers) {
            for (Red5Server server : servers) {
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
