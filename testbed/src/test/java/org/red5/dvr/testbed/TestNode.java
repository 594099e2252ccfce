package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/**
 * One server of a {@link TestCluster}: its name, folder and ports are known before it runs, and stay when it is started again.
 * For one thread.
 */
final class TestNode implements AutoCloseable {
    /** What Tomcat looks for in every library costs half of a start, and is not there. */
    static final String WITHOUT_JAR_SCAN = "-Dtomcat.util.scan.StandardJarScanFilter.jarsToSkip=*.jar";

    private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(5);

    private final String name;
    private final Path folder;
    private final int rtmpPort = Ports.free();
    private final int httpPort = Ports.free();
    private final DvrClient dvr = new DvrClient(httpPort);
    private String node;
    private String conf = "";
    private Red5Server server;

    TestNode(String name, Path folder) throws IOException {
        this.name = name;
        this.node = "node " + name + ";\n";
        this.folder = folder;
    }

    String name() {
        return name;
    }

    int httpPort() {
        return httpPort;
    }

    /** Where a {@code dvr archive} of its configuration records to. */
    Path archive() {
        return folder.resolve("archive");
    }

    /** Its configuration gives it no name. */
    TestNode nameless() {
        node = "";
        return this;
    }

    /** Its configuration gives it that name. */
    TestNode named(String other) {
        node = "node " + other + ";\n";
        return this;
    }

    /** What its configuration says besides its name and the cluster's key. */
    TestNode conf(String text) {
        conf = text;
        return this;
    }

    /** Changes the configuration of the running server, which looks for changes now and then. */
    void reload(String text) throws IOException {
        conf = text;
        Path file = folder.resolve("conf/cluster-dvr.conf");
        Path written = Files.writeString(file.resolveSibling("cluster-dvr.conf.new"), configuration());
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private String configuration() {
        return "cluster_key " + TestCluster.KEY + ";\n" + node + conf;
    }

    /** Small and quickly there: nothing here is measured against a server in full dress. */
    void start() throws IOException, InterruptedException {
        server = Red5Server.in(folder)
                .ports(rtmpPort, httpPort)
                .conf(configuration())
                .jvmArgument("-Xmx256m")
                .jvmArgument("-XX:+UseSerialGC")
                .jvmArgument("-XX:TieredStopAtLevel=1")
                .jvmArgument(WITHOUT_JAR_SCAN)
                .start();
    }

    Red5Server server() {
        return server;
    }

    DvrClient dvr() {
        return dvr;
    }

    /** By SIGKILL. */
    void kill() throws InterruptedException {
        server.kill();
    }

    /** By SIGTERM. */
    void stop() throws IOException, InterruptedException {
        server.stop();
    }

    /** By SIGSTOP: its connections stay, and it does nothing any more. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** By SIGCONT. */
    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        ProcessBuilder kill = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + server.pid());
        try (RunningProcess process = RunningProcess.start(kill)) {
            process.await(SIGNAL_LIMIT).requireSuccess();
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
