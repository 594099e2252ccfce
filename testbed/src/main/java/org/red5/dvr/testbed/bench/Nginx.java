package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.red5.dvr.testbed.Ports;

/** nginx with sendfile, in one process, on loopback. */
final class Nginx {
    private static final String NAME = "nginx";

    private Nginx() {}

    static boolean isInstalled() {
        return ChildServer.isInstalled(NAME);
    }

    /**
     * Serves the files of a folder.
     *
     * @param folder for its configuration and logs
     */
    static ChildServer ofFiles(Path folder, Path root) throws IOException, InterruptedException {
        return start(folder, "root " + root + ";", "");
    }

    /**
     * A cache in front of a server on loopback; of those who ask for one thing at a time only the first is passed on.
     *
     * @param folder for its configuration, logs and cache
     */
    static ChildServer edgeOf(int originPort, Path folder) throws IOException, InterruptedException {
        String http = """
                  proxy_cache_path %1$s/cache levels=1:2 keys_zone=z:8m max_size=4g use_temp_path=off;
                  upstream o { server 127.0.0.1:%2$d; keepalive 32; }
                """.formatted(folder, originPort);
        String location = """
                location / { proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection "";
                  proxy_cache z; proxy_cache_lock on; proxy_cache_lock_timeout 60s; proxy_cache_lock_age 60s; }
                """;
        return start(folder, location, http);
    }

    private static ChildServer start(Path folder, String location, String http)
            throws IOException, InterruptedException {
        Files.createDirectories(folder.resolve("temp"));
        int port = Ports.free();
        Path conf = folder.resolve("nginx.conf");
        Files.writeString(conf, conf(folder, port, location, http));
        return ChildServer.start(
                NAME, List.of("-p", folder.toString(), "-e", folder + "/error.log", "-c", conf.toString()), port);
    }

    private static String conf(Path folder, int port, String location, String http) {
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
                  %5$s
                  server { listen 127.0.0.1:%4$d backlog=4096; %3$s }
                }
                """.formatted(owner, folder, location, port, http);
    }
}
