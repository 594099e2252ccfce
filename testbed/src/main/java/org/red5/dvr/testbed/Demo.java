package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a newcomer looks at first: a server with a built-in live picture of the time of day. It runs until the JVM is ended, and then
 * takes everything with it.
 */
public final class Demo {
    private static final String STREAM = "live/camera";
    private static final int WIDTH = 960;
    private static final int HEIGHT = 540;
    private static final Duration FIRST_PICTURE_LIMIT = Duration.ofSeconds(60);
    private static final Duration ASKING_INTERVAL = Duration.ofMillis(250);
    private static final Duration ENDING_TOGETHER = Duration.ofSeconds(1);
    private static final int HTTP_TIMEOUT_MILLIS = 5000;

    private final Path folder;
    private final PrintStream out;
    private final CountDownLatch ending = new CountDownLatch(1);
    private final List<Red5Server> servers = new ArrayList<>();

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
        out.println("Starting Red5 ...");
        Red5Server origin = start("origin");
        try (LiveClock camera = LiveClock.start(ffmpeg, origin.rtmp(STREAM), WIDTH, HEIGHT)) {
            awaitFirstPicture(origin, camera);
            out.println();
            out.println("  Player page  " + origin.http("/dvr/"));
            out.println("  Publish to   " + origin.rtmp("live/NAME") + "   (any RTMP encoder)");
            out.println("  Files in     " + origin.dir());
            out.println();
            out.println("  Ctrl-C ends it.");
            out.flush();
            camera.awaitEnd();
            if (!isEnding()) {
                throw new IOException("the built-in live picture ended: " + camera.errors());
            }
        }
    }

    /** Ctrl-C reaches the servers and the encoder too, perhaps before this JVM has begun to end. */
    private boolean isEnding() throws InterruptedException {
        return ending.await(ENDING_TOGETHER.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Red5Server start(String name) throws IOException, InterruptedException {
        Red5Server server = Red5Server.in(folder.resolve(name)).start();
        synchronized (servers) {
            servers.add(server);
        }
        return server;
    }

    /** The first segment is complete a few seconds after the first frame; before that the page would be empty. */
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
