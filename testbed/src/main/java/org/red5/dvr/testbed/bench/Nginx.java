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
import org.red5.dvr.testbed.Ports;

/** An nginx that serves the files of a folder with sendfile, in one process, on loopback; ends with {@link #close}. */
final class Nginx implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

    private final Process process;
    private final int port;

    private Nginx(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static boolean isInstalled() {
        return ProcessMeter.isInstalled("nginx") || Files.isExecutable(Path.of("/usr/sbin/nginx"));
    }

    /**
     * Starts it.
     *
     * @param folder for its configuration and logs
     */
    static Nginx start(Path folder, Path root) throws IOException, InterruptedException {
        Files.createDirectories(folder.resolve("temp"));
        int port = Ports.free();
        Path conf = folder.resolve("nginx.conf");
        Files.writeString(conf, conf(folder, root, port));
        String command = ProcessMeter.isInstalled("nginx") ? "nginx" : "/usr/sbin/nginx";
        Process process = new ProcessBuilder(
                        List.of(command, "-p", folder.toString(), "-e", folder + "/error.log", "-c", conf.toString()))
                .inheritIO()
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "nginx end"));
        Nginx nginx = new Nginx(process, port);
        nginx.awaitPort();
        return nginx;
    }

    private static String conf(Path folder, Path root, int port) {
        String owner = System.getProperty("user.name").equals("root") ? "user root;" : "";
        return """
                daemon off; master_process off; %1$s pid %2$s/nginx.pid; error_log %2$s/error.log error;
                events { worker_connections 4096; }
                http {
                  access_log off; default_type video/mp4;
                  sendfile on; tcp_nopush on; tcp_nodelay on;
                  keepalive_requests 1000000000; keepalive_timeout 300s;
                  open_file_cache max=4000 inactive=600s; open_file_cache_valid 60s;
                  client_body_temp_path %2$s/temp; proxy_temp_path %2$s/temp; fastcgi_temp_path %2$s/temp;
                  uwsgi_temp_path %2$s/temp; scgi_temp_path %2$s/temp;
                  server { listen 127.0.0.1:%4$d backlog=4096; root %3$s; }
                }
                """.formatted(owner, folder, root, port);
    }

    private void awaitPort() throws IOException, InterruptedException {
        long limit = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > limit) {
                    process.destroyForcibly();
                    throw new IOException("nginx did not start", e);
                }
            }
            Thread.sleep(50);
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
