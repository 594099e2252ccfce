package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.red5.dvr.testbed.FaultProxy.Fault;

/**
 * An hour, or {@code -Dsoak.minutes}, of what a server goes through in weeks ({@code -Psoak}): publishers that reconnect, viewers that
 * come and go on the origin and on an edge, slow readers, a source that comes and goes, another one that stands still for a minute, and a disk
 * that takes no writes meanwhile. Memory, file descriptors and threads stay what they were, and the logs say nothing that nobody expects.
 */
@EnabledIfSystemProperty(named = "soak.minutes", matches = "\\d+")
class SoakIT {
    private static final int MINUTES = Integer.getInteger("soak.minutes", 60);
    private static final int PUBLISHERS = 30;
    private static final int VIEWERS = 300;
    private static final int SLOW_READERS = 20;
    private static final int DISK_MEGABYTES = 512;
    private static final int FLAP_SECONDS = 20;
    private static final Duration FROZEN = Duration.ofMinutes(1);
    private static final long MORE_HEAP_BYTES = 64L << 20;
    private static final int MORE_THREADS = 100;
    /** Viewers and publishers have so many connections more or less. */
    private static final int MORE_FILES = 700;
    /** What the tests themselves bring about: connections that end in the middle, and a source that is not there. */
    private static final String EXPECTED = "Connection reset|Broken pipe|is down|is failing|is up|closed|answer";

    private final List<String> unexpected = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;
    private FlvFile clip;
    private Red5Server origin;
    private Red5Server edge;
    private DvrClient ofOrigin;
    private DvrClient ofEdge;

    /** What a process has. */
    private record Footprint(long heapBytes, int threads, long files) {
        static Footprint of(Red5Server server) throws IOException, InterruptedException {
            try (Stream<Path> files = Files.list(Path.of("/proc/" + server.pid() + "/fd"))) {
                return new Footprint(HonestClients.liveHeapBytes(server), HonestClients.threads(server), files.count());
            }
        }
    }

    @Test
    void nothingGrowsAndNothingIsSaid() throws Exception {
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "soak");
        Clips clips = new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard());
        clip = FlvFile.read(clips.get(new Clips.Spec(10, 160, 90, 25, 25, 0, 100, true, false)));
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "soak");
            thread.setDaemon(true);
            return thread;
        });
        try (FreezableDisk disk = FreezableDisk.mount(folder.resolve("disk"), DISK_MEGABYTES)
                        .orElseThrow(() -> new IOException("no disk can be mounted that can be made to hang"));
                Red5Server first = server(
                        folder.resolve("o"),
                        "node o;\nstream live/soak1* { dvr " + disk.folder()
                                + "/archive 30m; }\nstream * { dvr archive 30m 1G; }\n");
                Red5Server second = server(folder.resolve("f"), "node f;\nstream * { dvr archive 30m; }\n");
                FaultProxy flapping = new FaultProxy(first.httpPort());
                Red5Server third = server(
                        folder.resolve("e"),
                        "node e;\nsource %s;\nsource 127.0.0.1:%d;\n"
                                .formatted(flapping.address(), second.httpPort()))) {
            origin = first;
            edge = third;
            ofOrigin = new DvrClient(origin);
            ofEdge = new DvrClient(edge);
            for (int i = 0; i < PUBLISHERS; i++) {
                int number = i;
                threads.execute(() -> untilStopped(number, this::publish));
            }
            for (int i = 0; i < VIEWERS; i++) {
                int number = 1_000 + i;
                threads.execute(() -> untilStopped(number, this::view));
            }
            for (int i = 0; i < SLOW_READERS; i++) {
                int number = 2_000 + i;
                threads.execute(() -> untilStopped(number, this::readSlowly));
            }
            soak(flapping, second, disk);
            stopped = true;
            assertEquals(List.of(), unexpected);
            assertLogs(first);
            assertLogs(third);
        } finally {
            stopped = true;
            threads.shutdownNow();
        }
    }

    private static Red5Server server(Path folder, String conf) throws Exception {
        return Red5Server.in(folder)
                .conf("cluster_key abcd;\n" + conf)
                .jvmArgument("-Xmx512m")
                .start();
    }

    /** Measures once a minute, and compares with what was there after a tenth of the time. */
    private void soak(FaultProxy flapping, Red5Server frozen, FreezableDisk disk) throws Exception {
        long beganNanos = System.nanoTime();
        Map<Red5Server, Footprint> begin = Map.of();
        boolean hasStoodStill = false;
        for (int minute = 0; minute < MINUTES; minute++) {
            for (int i = 0; i * FLAP_SECONDS < 60; i++) {
                flapping.set(i % 2 == 0 ? Fault.REFUSED : Fault.NONE);
                sleepUntil(beganNanos + TimeUnit.SECONDS.toNanos(60L * minute + (i + 1L) * FLAP_SECONDS));
            }
            if (!hasStoodStill && minute >= MINUTES / 2) {
                hasStoodStill = true;
                HarmfulSourcesIT.signal(frozen, "STOP");
                disk.freeze();
                sleepUntil(System.nanoTime() + FROZEN.toNanos());
                disk.thaw();
                HarmfulSourcesIT.signal(frozen, "CONT");
            }
            Map<Red5Server, Footprint> now = Map.of(origin, Footprint.of(origin), edge, Footprint.of(edge));
            System.out.println("minute " + minute + ": origin " + now.get(origin) + ", edge " + now.get(edge));
            if (begin.isEmpty() && minute >= MINUTES / 10) {
                begin = now;
            }
            for (Map.Entry<Red5Server, Footprint> each : begin.entrySet()) {
                assertFlat(each.getValue(), now.get(each.getKey()));
            }
        }
    }

    private static void assertFlat(Footprint before, Footprint now) {
        String both = before + ", then " + now;
        assertTrue(now.heapBytes() <= before.heapBytes() + MORE_HEAP_BYTES, both);
        assertTrue(now.threads() <= before.threads() + MORE_THREADS, both);
        assertTrue(now.files() <= before.files() + MORE_FILES, both);
    }

    private static void sleepUntil(long nanos) {
        for (long wait = nanos - System.nanoTime(); wait > 0; wait = nanos - System.nanoTime()) {
            LockSupport.parkNanos(wait);
        }
    }

    private interface Life {
        void live(int number, Random random) throws Exception;
    }

    /** One life after the other, as connections break and others are made. */
    private void untilStopped(int number, Life life) {
        Random random = new Random(number);
        while (!stopped) {
            try {
                life.live(number, random);
            } catch (IOException e) {
                sleepUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500)); // As it happens to everybody here.
            } catch (Exception e) {
                unexpected.add(e.toString());
                return;
            }
        }
    }

    private void publish(int number, Random random) throws IOException {
        long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20 + random.nextInt(100));
        try (RtmpPublisher publisher = origin.publish("live", "soak" + number)) {
            for (long offset = 0;
                    !stopped && System.nanoTime() < untilNanos;
                    offset += clip.lastTimestampMillis() + 40) {
                publisher.sendPaced(clip, offset);
            }
            if (random.nextBoolean()) {
                publisher.unpublish();
            }
        }
        sleepUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(10_000)));
    }

    private void view(int number, Random random) throws Exception {
        DvrClient dvr = random.nextBoolean() ? ofOrigin : ofEdge;
        String stream = "live/soak" + random.nextInt(PUBLISHERS);
        String list = random.nextInt(3) == 0 ? "rewind-600.m3u8" : "index.m3u8";
        HonestViewer viewer = new HonestViewer(dvr, stream, list);
        try {
            sleepUntil(System.nanoTime() + TimeUnit.SECONDS.toNanos(5 + random.nextInt(55)));
        } finally {
            viewer.close();
        }
    }

    private void readSlowly(int number, Random random) throws Exception {
        String stream = "live/soak" + random.nextInt(PUBLISHERS);
        String segment = ofEdge.entries(stream + "/index.m3u8").get(0).uri();
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4_096);
            socket.connect(new InetSocketAddress("127.0.0.1", edge.httpPort()), 5_000);
            String request = "GET /dvr/" + stream + '/' + segment + " HTTP/1.1\r\nHost: x\r\n\r\n";
            socket.getOutputStream().write(request.repeat(20).getBytes(StandardCharsets.ISO_8859_1));
            for (int i = 0; i < 30 && !stopped; i++) {
                socket.getInputStream().readNBytes(100);
                sleepUntil(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
            }
        }
    }

    private static void assertLogs(Red5Server server) throws IOException {
        Map<String, Integer> errors = new TreeMap<>();
        server.log()
                .lines()
                .filter(line -> line.contains(" ERROR ") && !line.matches(".*(" + EXPECTED + ").*"))
                .forEach(line -> errors.merge(line.replaceAll("\\d+", "0"), 1, Integer::sum));
        assertEquals(Map.of(), errors);
        assertTrue(!server.log().contains("OutOfMemoryError"));
    }
}
