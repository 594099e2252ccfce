package org.red5.dvr.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.cache.SegmentCache;
import org.red5.dvr.cluster.ClusterMap;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.config.file.ConfigurationInForce;
import org.red5.dvr.config.syntax.Mistake;
import org.red5.dvr.config.syntax.Position;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.record.RecordingMeter;
import org.red5.dvr.record.RecordingMeters;
import org.red5.dvr.replica.ReplicaCounts;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.web.RenderedPlaylists;

class DvrMetricsTest {
    private static final StreamKey CAMERA = new StreamKey("live", "camera");
    private static final StreamKey DOOR = new StreamKey("live", "door");

    /** Another number for each. */
    private static final class SevenAudiences implements Audiences {
        @Override
        public int liveViewers() {
            return 3;
        }

        @Override
        public int pastViewers() {
            return 4;
        }

        @Override
        public int hlsViewers() {
            return 5;
        }

        @Override
        public int relays() {
            return 6;
        }

        @Override
        public long relaysStarted() {
            return 7;
        }

        @Override
        public int peersServed() {
            return 8;
        }

        @Override
        public long peersServedStarted() {
            return 9;
        }
    }

    private record Load(LongSupplier waiting, LongSupplier busy) implements RecordingMeters.Load {
        @Override
        public long waitingBytes() {
            return waiting.getAsLong();
        }

        @Override
        public long mostWaitingBytes() {
            return 1_000;
        }

        @Override
        public long busyNanos() {
            return busy.getAsLong();
        }
    }

    private long nanos = Long.MAX_VALUE - 5;
    private long waiting = 700;
    private long busyNanos;
    private final DvrMetrics metrics = new DvrMetrics(root -> 5_000_000_000L, new SevenAudiences(), () -> nanos);
    private final RecordingMeter ssd = metrics.of(Path.of("/ssd"), new Load(() -> waiting, () -> 0));
    private final RecordingMeter disk = metrics.of(Path.of("/disk \"2\""), new Load(() -> 0, () -> busyNanos));

    private final ConfigurationInForce inForce = new ConfigurationInForce(DvrConfiguration.nothing("host"));

    private final SegmentCache cache = new SegmentCache(
            stream -> Optional.empty(),
            "edge",
            SegmentGrid.DEFAULT,
            () -> {
                throw new AssertionError("nothing is cached");
            },
            0,
            metrics,
            Clock.systemUTC(),
            () -> nanos);

    private ClusterMap map = ClusterMap.alone("edge");

    @BeforeEach
    void observe() {
        metrics.observe(inForce);
        metrics.observe(() -> map);
        metrics.observe(cache);
        metrics.observe(new RenderedPlaylists(1 << 20, System::nanoTime));
        metrics.observe(new ReplicaCounts());
    }

    @AfterEach
    void close() {
        cache.close();
        metrics.close();
    }

    @Test
    void aSourceThatCannotBeToldFromAnotherIsATrouble() {
        inForce.use(DvrConfiguration.nothing("edge"));
        assertHas("dvr_healthy 1.0");
        ClusterMap.Source source = new ClusterMap.Source(
                "o:80",
                Optional.of("edge"),
                RemoteDvr.NOCHAIN,
                PeerState.REFUSED,
                Optional.of("it has this server's name"),
                Optional.empty(),
                false,
                0,
                List.of());
        map = new ClusterMap("edge", List.of(source), List.of("two servers of one name"), List.of());
        assertEquals(List.of("two servers of one name"), metrics.troubles());
        assertHas("dvr_healthy 0.0");
        assertHas("dvr_cluster_troubles 1.0");
        assertHas("dvr_sources{state=\"refused\"} 1.0");
        assertHas("dvr_sources{state=\"up\"} 0.0");
    }

    @Test
    void whatIsCountedIsServedAsPrometheusText() {
        ssd.takeBegan();
        ssd.takeBegan();
        ssd.segmentWritten(1_000, TimeUnit.MILLISECONDS.toNanos(50));
        ssd.segmentWritten(500, TimeUnit.MILLISECONDS.toNanos(5));
        ssd.packetDropped();
        ssd.takeEnded(GapReason.DISK_FULL);
        disk.segmentWritten(7, 1);
        metrics.segmentsDeleted(900);
        metrics.segmentsRecovered(2);
        metrics.segmentsDamaged(3);
        assertHas("dvr_segments_written_total{root=\"/ssd\"} 2.0");
        assertHas("dvr_segments_written_total{root=\"/disk \\\"2\\\"\"} 1.0");
        assertHas("dvr_written_bytes_total{root=\"/ssd\"} 1500.0");
        assertHas("dvr_packets_dropped_total{root=\"/ssd\"} 1.0");
        assertHas("dvr_packets_dropped_total{root=\"/disk \\\"2\\\"\"} 0.0");
        assertHas("dvr_takes_open{root=\"/ssd\"} 1.0");
        assertHas("dvr_takes_ended_total{reason=\"disk_full\",root=\"/ssd\"} 1.0");
        assertHas("dvr_takes_ended_total{reason=\"overloaded\",root=\"/ssd\"} 0.0");
        assertHas("dvr_segment_write_seconds_bucket{root=\"/ssd\",le=\"0.01\"} 1");
        assertHas("dvr_segment_write_seconds_bucket{root=\"/ssd\",le=\"0.1\"} 2");
        assertHas("dvr_segment_write_seconds_count{root=\"/ssd\"} 2");
        assertHas("dvr_segment_write_seconds_sum{root=\"/ssd\"} 0.055");
        assertHas("dvr_queue_bytes{root=\"/ssd\"} 700.0");
        assertHas("dvr_queue_limit_bytes{root=\"/ssd\"} 1000.0");
        assertHas("dvr_disk_usable_bytes{root=\"/ssd\"} 5.0E9");
        assertHas("dvr_segments_deleted_total 900.0");
        assertHas("dvr_segments_recovered_total 2.0");
        assertHas("dvr_segments_damaged_total 3.0");
        assertHas("dvr_rtmp_live_viewers 3.0");
        assertHas("dvr_rtmp_past_viewers 4.0");
        assertHas("dvr_hls_live_viewers 5.0");
        assertHas("dvr_live_relays 6.0");
        assertHas("dvr_live_relays_started_total 7.0");
        assertHas("dvr_live_peers 8.0");
        assertHas("dvr_live_peers_started_total 9.0");
        assertHas("dvr_cache_requests_total{result=\"hit\"} 0.0");
        assertHas("dvr_cache_evicted_hours_total{reason=\"age\"} 0.0");
        assertHas("dvr_cache_waiting_segments 0.0");
        assertHas("dvr_cache_oldest_seconds 0.0");
        assertHas("dvr_healthy 0.0");
    }

    @Test
    void troubleLastsAsLongAsItsCause() {
        assertEquals(List.of(), metrics.troubles());
        ssd.failing(CAMERA, GapReason.DISK_FULL);
        ssd.failing(DOOR, GapReason.DISK_FULL);
        assertEquals(List.of("/ssd: disk full, streams not recorded: 2"), metrics.troubles());
        assertHas("dvr_streams_failing{root=\"/ssd\"} 2.0");
        ssd.notFailing(CAMERA);
        disk.failing(CAMERA, GapReason.DISK_ERROR);
        assertEquals(
                List.of("/disk \"2\": disk error, streams not recorded: 1", "/ssd: disk full, streams not recorded: 1"),
                metrics.troubles());
        ssd.notFailing(DOOR);
        disk.notFailing(CAMERA);
        disk.notFailing(CAMERA);
        assertEquals(List.of(), metrics.troubles());
        assertTrue(metrics.isHealthy());
    }

    @Test
    void aLossCountsAsTroubleForAMinute() {
        nanos += 1_000; // Past the largest number: the clock may begin anywhere.
        assertTrue(metrics.isHealthy());
        ssd.packetDropped();
        nanos += TimeUnit.SECONDS.toNanos(59);
        assertEquals(List.of("/ssd: overloaded, packets dropped in the last minute"), metrics.troubles());
        nanos += TimeUnit.SECONDS.toNanos(1);
        assertEquals(List.of(), metrics.troubles());
    }

    @Test
    void aDiskThatTakesNoWritesIsWarnedOf() {
        busyNanos = TimeUnit.SECONDS.toNanos(9);
        assertEquals(List.of(), metrics.warnings());
        busyNanos = TimeUnit.SECONDS.toNanos(12);
        assertEquals(
                List.of("/disk \"2\": its disk does not take writes, for 12 s by now; what is published waits in"
                        + " memory"),
                metrics.warnings());
        assertTrue(metrics.isHealthy());
    }

    @Test
    void aConfigurationThatIsNotInForceIsToldUntilItIs() {
        assertHas("dvr_configuration_mistakes 0.0");
        List<Mistake> mistakes = List.of(new Mistake("dvr.conf", new Position(3, 22), "expected a size"));
        inForce.refuse(mistakes);
        assertEquals(List.of("nothing is recorded: dvr.conf:3:22: expected a size"), metrics.troubles());
        assertEquals(List.of(), metrics.warnings());
        inForce.use(DvrConfiguration.nothing("origin"));
        assertEquals(List.of(), metrics.troubles());
        inForce.refuse(mistakes);
        assertEquals(List.of(), metrics.troubles());
        assertEquals(
                List.of("the configuration file is not in force, an earlier one is: dvr.conf:3:22: expected a size"),
                metrics.warnings());
        assertHas("dvr_configuration_mistakes 1.0");
        inForce.use(DvrConfiguration.nothing("origin"));
        assertEquals(List.of(), metrics.warnings());
    }

    @Test
    void theBeansSayTheSame() throws JMException {
        ssd.segmentWritten(1_000, TimeUnit.MILLISECONDS.toNanos(50));
        disk.segmentWritten(500, 0);
        disk.packetDropped();
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName all = new ObjectName("org.red5.dvr:type=Dvr");
        assertEquals(2L, server.getAttribute(all, "SegmentsWritten"));
        assertEquals(1_500L, server.getAttribute(all, "BytesWritten"));
        assertEquals(700L, server.getAttribute(all, "QueueBytes"));
        assertEquals(3, server.getAttribute(all, "LiveViewers"));
        assertEquals(4, server.getAttribute(all, "PastViewers"));
        assertEquals(5, server.getAttribute(all, "HlsViewers"));
        assertEquals(6, server.getAttribute(all, "Relays"));
        assertEquals(8, server.getAttribute(all, "PeersServed"));
        assertEquals(false, server.getAttribute(all, "Healthy"));
        ObjectName second = new ObjectName("org.red5.dvr:type=Root,path=" + ObjectName.quote("/disk \"2\""));
        assertEquals(500L, server.getAttribute(second, "BytesWritten"));
        assertEquals(1L, server.getAttribute(second, "PacketsDropped"));
        metrics.close();
        assertEquals(Set.of(), server.queryNames(new ObjectName("org.red5.dvr:*"), null));
    }

    @Test
    void thePageNamesEveryMetricAndNoOther() throws IOException {
        String served = text().lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ")[2])
                .sorted()
                .collect(Collectors.joining("\n"));
        String page = Files.readString(Path.of("../docs/metrics.md"));
        Set<String> described = Pattern.compile("(?m)^\\| `(dvr_[a-z_]+)")
                .matcher(page)
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(served, String.join("\n", described));
        assertFalse(described.isEmpty());
    }

    private String text() {
        return new String(metrics.metrics(), UTF_8);
    }

    private void assertHas(String line) {
        assertTrue(text().lines().anyMatch(line::equals), () -> line + " is not in\n" + text());
    }

    @Test
    void whatKeepsStreamsFromComingInIsToldOf() {
        metrics.observe(new IngestHealth() {
            @Override
            public List<String> troubles() {
                return List.of("a thread has died");
            }

            @Override
            public List<String> warnings() {
                return List.of("nothing comes");
            }
        });
        assertEquals(List.of("a thread has died"), metrics.troubles());
        assertEquals(List.of("nothing comes"), metrics.warnings());
        assertHas("dvr_healthy 0.0");
    }
}
