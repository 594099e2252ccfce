package org.red5.dvr.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real Red5 with plugin and web application as a child process on loopback, started by the command that users have too. It
 * ends with this JVM, however that ends.
 */
public final class Red5Server implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final String HOST = "127.0.0.1";
    /** Names a Red5 that is run instead of the one in the jar. */
    private static final String RED5_HOME = "red5.home";
    /** Names the JDK that it runs on, if that is another one than the tests'. */
    private static final String RED5_JAVA_HOME = "red5.java.home";

    private final Process process;
    private final Settings settings;
    private volatile boolean asked;

    private Red5Server(Process process, Settings settings) {
        this.process = process;
        this.settings = settings;
        process.onExit().thenAccept(this::reportUnlessAsked);
    }

    /** Tests would only tell of refused connections. */
    private void reportUnlessAsked(Process ended) {
        if (!asked) {
            System.out.println("Red5 in " + dir() + " ended by itself with exit code " + ended.exitValue());
        }
    }

    /** A server in {@code dir}, which is laid out anew or kept; nothing runs before {@link Settings#start}. */
    public static Settings in(Path dir) throws IOException {
        return new Settings(dir.toAbsolutePath());
    }

    public Path dir() {
        return settings.dir;
    }

    public int rtmpPort() {
        return settings.rtmpPort;
    }

    public int httpPort() {
        return settings.httpPort;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The RTMP address of {@code app/stream}. */
    public String rtmp(String appAndStream) {
        return "rtmp://" + HOST + ":" + settings.rtmpPort + "/" + appAndStream;
    }

    /** The HTTP address of {@code path}, which begins with a slash and is escaped already. */
    public URI http(String path) {
        return URI.create("http://" + HOST + ":" + settings.httpPort + path);
    }

    /** A publisher of {@code app/stream}, connected and let in. */
    public RtmpPublisher publish(String app, String stream) throws IOException {
        return RtmpPublisher.open(HOST, settings.rtmpPort, app, stream);
    }

    /** Connected publishers {@code prefix} and 0, 1 … of one clip in {@code app}. */
    public RtmpLoad load(String app, String prefix, int count, FlvFile clip, double speed) throws IOException {
        return RtmpLoad.open(HOST, settings.rtmpPort, app, prefix, count, clip, speed);
    }

    /** What the server has logged in this folder, in this run and those before. */
    public String log() throws IOException {
        Path file = dir().resolve("log/red5.log");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /** CPU time of all threads so far, to 10 ms. */
    public Duration cpu() {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IllegalStateException("no CPU time of " + pid()));
    }

    /** Memory that is in use and resident. */
    public long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("no VmRSS of " + pid());
    }

    /** Ends the server by SIGTERM; returns its exit code. A server that is still there after 20 s is killed, and that is an error. */
    public int stop() throws IOException, InterruptedException {
        asked = true;
        process.toHandle().destroy(); // Process.destroy would end its standard input too.
        if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            throw new IOException("Red5 in " + dir() + " did not stop in " + STOP_LIMIT.toSeconds() + " s");
        }
        return process.exitValue();
    }

    /** Ends the server by SIGKILL, as a power cut would, and waits until it is gone. */
    public void kill() throws InterruptedException {
        asked = true;
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    /** Kills the server if it is still there. */
    @Override
    public void close() {
        asked = true;
        process.toHandle().destroyForcibly();
    }

    private void awaitReady() throws IOException, InterruptedException {
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Thread reader = new Thread(() -> readOutput(ready), "output of Red5 " + pid());
        reader.setDaemon(true);
        reader.start();
        try {
            ready.get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            kill();
            throw new IOException(
                    "Red5 in " + dir() + " did not start, see its log folder: " + Files.readString(errorLog(dir())), e);
        }
    }

    private void readOutput(CompletableFuture<Void> ready) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("ready")) {
                    ready.complete(null);
                }
            }
            ready.completeExceptionally(new IOException("standard output ended without \"ready\""));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    private static Path errorLog(Path dir) {
        return dir.resolve("log/stderr.log");
    }

    /** How a server is to be started. */
    public static final class Settings {
        private final Path dir;
        private int rtmpPort;
        private int httpPort;
        private final List<String> jvmArguments = new ArrayList<>();
        private final List<String> options = new ArrayList<>();

        private Settings(Path dir) throws IOException {
            this.dir = dir;
            this.rtmpPort = Ports.free();
            this.httpPort = Ports.free();
            String home = System.getProperty(RED5_HOME, "");
            if (!home.isEmpty()) {
                red5(Path.of(home));
            }
        }

        /** Fixed ports instead of free ones, to start a server again where it was. */
        public Settings ports(int rtmp, int http) {
            rtmpPort = rtmp;
            httpPort = http;
            return this;
        }

        /** The DVR configuration's text; without it that of the folder stays, or the shipped one is used. */
        public Settings conf(String text) throws IOException {
            Path file = dir.resolve("given-cluster-dvr.conf");
            Files.createDirectories(dir);
            Files.writeString(file, text);
            return option("--conf", file.toString());
        }

        /** Runs a copy of a Red5 that is there. */
        public Settings red5(Path folder) {
            return option("--red5", folder.toAbsolutePath().toString());
        }

        public Settings httpProtocol(HttpProtocol protocol) {
            return option("--http-protocol", protocol.name());
        }

        /** A further application like {@code live}. */
        public Settings app(String name) {
            return option("--app", name);
        }

        /** A folder that is copied over the server's before it starts, for instance with another {@code conf/red5.xml}. */
        public Settings overlay(Path folder) {
            return option("--overlay", folder.toAbsolutePath().toString());
        }

        /** An argument for the JVM, for instance {@code -Xmx512m}. */
        public Settings jvmArgument(String argument) {
            jvmArguments.add(argument);
            return this;
        }

        private Settings option(String name, String value) {
            options.add(name);
            options.add(value);
            return this;
        }

        /** Starts the server and waits until publishing and HTTP work. */
        public Red5Server start() throws IOException, InterruptedException {
            Files.createDirectories(dir.resolve("log"));
            ProcessBuilder builder = new ProcessBuilder(command());
            builder.directory(dir.toFile()); // Red5 2.x logs to log/ of the working directory.
            builder.redirectError(ProcessBuilder.Redirect.appendTo(errorLog(dir).toFile()));
            Red5Server server = new Red5Server(builder.start(), this);
            server.awaitReady();
            return server;
        }

        private List<String> command() {
            List<String> command = new ArrayList<>();
            String javaHome = System.getProperty(RED5_JAVA_HOME, System.getProperty("java.home"));
            command.add(Path.of(javaHome, "bin", "java").toString());
            command.addAll(jvmArguments);
            command.addAll(List.of("-cp", Red5Layout.ownFiles().toString(), Testbed.class.getName(), "red5"));
            command.addAll(List.of("--dir", dir.toString(), "--bind", HOST, "--exit-on-eof"));
            command.addAll(List.of("--rtmp-port", "" + rtmpPort, "--http-port", "" + httpPort));
            command.addAll(options);
            return command;
        }
    }
}
