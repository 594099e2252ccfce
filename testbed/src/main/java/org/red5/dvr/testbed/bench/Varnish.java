package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.red5.dvr.testbed.Ports;

/** Varnish as a cache on loopback, with its objects in a file. */
final class Varnish {
    private static final String NAME = "varnishd";

    private Varnish() {}

    static boolean isInstalled() {
        return ChildServer.isInstalled(NAME);
    }

    /**
     * A cache in front of a server on loopback.
     *
     * @param folder for its configuration and cache
     */
    static ChildServer edgeOf(int originPort, Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path conf = folder.resolve("edge.vcl");
        Files.writeString(
                conf, "vcl 4.1;\nbackend origin { .host = \"127.0.0.1\"; .port = \"" + originPort + "\"; }\n");
        int port = Ports.free();
        List<String> arguments = List.of(
                "-F",
                "-n",
                folder.resolve("work").toString(),
                "-a",
                "127.0.0.1:" + port,
                "-f",
                conf.toString(),
                "-s",
                "file," + folder.resolve("store") + ",1G",
                "-p",
                "thread_pool_min=200",
                "-j",
                "none");
        return ChildServer.start(NAME, arguments, port);
    }
}
