package org.red5.dvr.cluster.members;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.StreamRule;
import org.red5.dvr.config.file.Configuration;
import org.red5.dvr.timeline.StreamKey;

class StreamSourcesTest {
    private static final PeerAddress A1 = new PeerAddress("a1", 80);
    private static final int STREAMS = 300;

    @TempDir
    Path home;

    private DvrConfiguration configuration(String text) throws Exception {
        Path file = Files.writeString(home.resolve("cluster-dvr.conf"), "cluster_key abcd;\n" + text);
        return Configuration.read(file, home, "e");
    }

    private static StreamKey live(String name) {
        return new StreamKey("live", name);
    }

    private static String manyInputs(String source) {
        StringBuilder text = new StringBuilder(source);
        for (int i = 0; i < STREAMS; i++) {
            text.append("stream here")
                    .append(i)
                    .append(" { input dvr://a1:80/live/there")
                    .append(i)
                    .append("; }\n");
        }
        return text.toString();
    }

    /** As it is defined: whatever block is asked whether it takes the peer's stream. */
    private static Set<StreamKey> namesByDefinition(
            DvrConfiguration configuration, StreamSources sources, PeerAddress peer, StreamKey there) {
        Set<StreamKey> names = new TreeSet<>();
        names.add(there);
        configuration.streams().all().stream()
                .map(StreamRule::glob)
                .flatMap(glob -> glob.only().stream())
                .forEach(names::add);
        names.removeIf(name -> sources.sourceOf(name, peer, there).isEmpty());
        return names;
    }

    @Test
    void namesOfAPeersStreamAreThoseWhoseSourceItIs() throws Exception {
        DvrConfiguration configuration = configuration("""
                stream door { input dvr://a1:80/live/camera; }
                stream gate { input dvr://b1:80/live/gate; input dvr://a1:80/live/camera; }
                stream hall { dvr dvr 2d; }
                stream live/g* { input dvr://a1:80/live/grass; }
                source a1:80 { except live/shed; }
                """);
        StreamSources sources = new StreamSources(() -> configuration);
        assertEquals(Set.of(live("camera"), live("door"), live("gate")), sources.namesOf(A1, live("camera")));
        assertEquals(Set.of(), sources.namesOf(A1, live("shed")));
        assertEquals(Set.of(live("gate")), sources.namesOf(new PeerAddress("b1", 80), live("gate")));
        for (String there : Set.of("camera", "door", "gate", "hall", "grass", "green", "shed", "other")) {
            for (PeerAddress peer : Set.of(A1, new PeerAddress("b1", 80))) {
                assertEquals(
                        namesByDefinition(configuration, sources, peer, live(there)),
                        sources.namesOf(peer, live(there)),
                        there + " at " + peer);
            }
        }
    }

    /** Each look at a stream's sources is a look at the configuration in force. */
    @Test
    void namesOfManyStreamsAreFoundWithoutALookAtEachBlock() throws Exception {
        DvrConfiguration configuration = configuration(manyInputs("source a1:80;\n"));
        AtomicInteger looks = new AtomicInteger();
        StreamSources sources = new StreamSources(() -> {
            looks.incrementAndGet();
            return configuration;
        });
        for (int i = 0; i < STREAMS; i++) {
            assertEquals(Set.of(live("here" + i), live("there" + i)), sources.namesOf(A1, live("there" + i)));
        }
        assertTrue(looks.get() <= 3 * STREAMS, looks + " looks for " + STREAMS + " streams");
    }

    @Test
    void namesFollowTheConfiguration() throws Exception {
        DvrConfiguration one = configuration("stream door { input dvr://a1:80/live/camera; }");
        DvrConfiguration other = configuration("stream gate { input dvr://a1:80/live/camera; }");
        AtomicInteger changes = new AtomicInteger();
        StreamSources sources = new StreamSources(() -> changes.get() == 0 ? one : other);
        assertEquals(Set.of(live("door")), sources.namesOf(A1, live("camera")));
        changes.incrementAndGet();
        assertEquals(Set.of(live("gate")), sources.namesOf(A1, live("camera")));
        assertEquals(Optional.empty(), sources.sourceOf(live("door"), A1, live("camera")));
    }
}
