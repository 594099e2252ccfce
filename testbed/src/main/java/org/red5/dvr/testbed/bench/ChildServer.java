package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server of another make that is compared with, a process of this one's; ends with {@link #close}. */
final class ChildServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

    private final Process process;
    private final int port;

    private ChildServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one and waits until it listens on a port of loopback.
     *
     * @param name of the program, found in the path or in /usr/sbin
     */
    static ChildServer start(String name, List<String> arguments, int port) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Stream.concat(Stream.of(program(name)), arguments.stream())
                        .toList())
                .inheritIO()
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, name + " end"));
        ChildServer server = new ChildServer(process, port);
        server.awaitPort(name);
        return server;
    }

    static boolean isInstalled(String name) {
        return ProcessMeter.isInstalled(name) || Files.isExecutable(Path.of(program(name)));
    }

    private static String program(String name) {
        return ProcessMeter.isInstalled(name) ? name : "/usr/sbin/" + name;
    }

    private void awaitPort(String name) throws IOException, InterruptedException {
        long limit = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > limit) {
                    process.destroyForcibly();
                    throw new IOException(name + " did not start", e);
                }
            }
            Thread.sleep(50);
        }
    }

    int port() {
        return port;
    }

    /** The one that was started, and those that it started. */
    List<Long> pids() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .map(ProcessHandle::pid)
                .toList();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
