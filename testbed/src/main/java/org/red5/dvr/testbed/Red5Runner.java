package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.logging.LogManager;

/**
 * Runs a laid out Red5 inside this JVM, so that this process is the server: its id, its memory options and its signals are the
 * server's own. What Red5 prints goes to {@code log/console.log}; standard output carries {@code ready} alone.
 */
final class Red5Runner {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(100);
    private static final int KILLED_BY_SIGTERM = 128 + 15;

    private final Red5Options options;
    private final PrintStream standardOutput = System.out;

    Red5Runner(Red5Options options) {
        this.options = options;
    }

    /** Lays the server out and starts it; returns when Red5's own start-up does, its threads then keep the JVM alive. */
    void run() throws IOException, UsageException, ReflectiveOperationException {
        requireFree(options.rtmpPort());
        requireFree(options.httpPort());
        new Red5Layout(options).write(Ports.free());
        Path dir = options.dir();
        setProperties(dir);
        LogManager.getLogManager().reset();
        System.setOut(consoleLog(dir.resolve("log/console.log")));
        Runtime.getRuntime().addShutdownHook(new Thread(this::boundStop, "stop limit"));
        daemon("ready", this::reportReady);
        if (options.exitOnEof()) {
            daemon("starter", Red5Runner::exitWithStarter);
        }
        bootstrap(dir);
        if (Ports.isFree(options.bind(), options.httpPort())) {
            System.err.println("Red5 did not start: see " + dir.resolve("log"));
            System.exit(1);
        }
    }

    private static void setProperties(Path dir) {
        System.setProperty("red5.root", dir.toString());
        System.setProperty("red5.config_root", dir.resolve("conf").toString());
        System.setProperty("catalina.home", dir.toString());
        System.setProperty("catalina.base", dir.toString());
        System.setProperty("java.awt.headless", "true");
    }

    private void requireFree(int port) throws IOException, UsageException {
        if (!Ports.isFree(options.bind(), port)) {
            throw new UsageException("port " + port + " on " + options.bind() + " is in use");
        }
    }

    private static PrintStream consoleLog(Path file) throws IOException {
        return new PrintStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                true,
                StandardCharsets.UTF_8);
    }

    /** Red5 makes its own class loader of lib, conf and plugins; nothing of this jar is to be seen from it. */
    private static void bootstrap(Path dir) throws IOException, ReflectiveOperationException {
        URL[] jars = {dir.resolve("red5-service.jar").toUri().toURL()};
        URLClassLoader loader = new URLClassLoader(jars, ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        try {
            loader.loadClass("org.red5.server.Bootstrap")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[0]);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("Red5 did not start in " + dir, e.getCause());
        }
    }

    private void reportReady() {
        long limitNanos = System.nanoTime() + START_LIMIT.toNanos();
        IOException last = new IOException("not tried");
        while (System.nanoTime() < limitNanos) {
            try {
                probe();
                standardOutput.println("ready");
                standardOutput.flush();
                return;
            } catch (IOException e) {
                last = e;
            }
            try {
                Thread.sleep(PROBE_INTERVAL.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        System.err.println(
                "Red5 in " + options.dir() + " was not ready after " + START_LIMIT.toSeconds() + " s: " + last);
        System.exit(1);
    }

    /** Fails until an RTMP client is let into the application {@code live} and the web application answers. */
    private void probe() throws IOException {
        String host = options.bind().equals("0.0.0.0") ? "127.0.0.1" : options.bind();
        URL address = URI.create("http://" + host + ":" + options.httpPort() + "/dvr/")
                .toURL();
        HttpURLConnection connection = (HttpURLConnection) address.openConnection();
        connection.setConnectTimeout((int) PROBE_TIMEOUT.toMillis());
        connection.setReadTimeout((int) PROBE_TIMEOUT.toMillis());
        try {
            int status = connection.getResponseCode();
            if (status >= 500) {
                throw new IOException(address + " answered " + status);
            }
        } finally {
            connection.disconnect();
        }
        try (RtmpClient client = RtmpClient.open(host, options.rtmpPort(), PROBE_TIMEOUT)) {
            client.connect("live");
        }
    }

    /** Runs as a shutdown hook beside those of Red5 and the plugin: the process is gone within the limit, whatever they do. */
    private void boundStop() {
        daemon("halt", () -> {
            try {
                Thread.sleep(STOP_LIMIT.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            System.err.println(
                    "Red5 in " + options.dir() + " did not stop in " + STOP_LIMIT.toSeconds() + " s: halted");
            Runtime.getRuntime().halt(KILLED_BY_SIGTERM);
        });
    }

    private static void exitWithStarter() {
        InputStream input = System.in;
        try {
            while (input.read() >= 0) {
                // Only the end matters.
            }
        } catch (IOException e) {
            System.err.println("standard input: " + e);
        }
        System.exit(0);
    }

    private static void daemon(String name, Runnable job) {
        Thread thread = new Thread(job, "testbed " + name);
        thread.setDaemon(true);
        thread.start();
    }
}
